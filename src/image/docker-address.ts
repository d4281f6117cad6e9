// Finds out where the Docker engine is, as the `docker` command does: DOCKER_HOST, the context in use, the usual socket.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../errors.ts';
import { type EngineAddress, isEngineRunning } from './docker-engine.ts';

const DEFAULT_SOCKET = '/var/run/docker.sock';
const DEFAULT_PORT = 2375;

interface ContextFile {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
}

/** Undefined when none answers, or when it can only be reached in ways that this tool does not know. */
export async function findRunningEngine(env: NodeJS.ProcessEnv): Promise<EngineAddress | undefined> {
  try {
    const address = await getEngineAddress(env);
    return (await isEngineRunning(address)) ? address : undefined;
  } catch {
    return undefined;
  }
}

/** Throws NOT_SUPPORTED for SSH and TLS. */
export async function getEngineAddress(env: NodeJS.ProcessEnv): Promise<EngineAddress> {
  const host = env['DOCKER_HOST'] || (await findContextHost(env));
  if (!host) return { socketPath: DEFAULT_SOCKET };
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (host.startsWith('npipe://')) return { socketPath: host.slice('npipe://'.length).replaceAll('/', '\\') };
  const tcp = /^(?:tcp|http):\/\/([^/:]+|\[[^\]]+\])(?::(\d+))?\/?$/.exec(host);
  if (tcp !== null && !env['DOCKER_TLS_VERIFY']) {
    return { host: (tcp[1] as string).replace(/[[\]]/g, ''), port: Number(tcp[2] ?? DEFAULT_PORT) };
  }
  throw new FactoryError('NOT_SUPPORTED', `the Docker engine at ${host} cannot be reached directly`, {
    hint: 'Write an archive with --to image.tar and load it with: docker load -i image.tar',
  });
}

/** A context is a folder named by the digest of its name. https://docs.docker.com/engine/manage-resources/contexts/ */
async function findContextHost(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = env['HOME'] ?? env['USERPROFILE'];
  const folder = env['DOCKER_CONFIG'] ?? (home && join(home, '.docker'));
  if (!folder) return undefined;
  const config = await readJson<{ currentContext?: string }>(join(folder, 'config.json'));
  const context = env['DOCKER_CONTEXT'] || config?.currentContext;
  if (!context || context === 'default') return undefined;
  const name = createHash('sha256').update(context).digest('hex');
  const meta = await readJson<ContextFile>(join(folder, 'contexts', 'meta', name, 'meta.json'));
  return meta?.Endpoints?.docker?.Host;
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
