// Finds out where the Docker engine is, as the `docker` command does: DOCKER_HOST, the context in use, the usual socket.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { findDockerContext, findDockerFolder } from './context.ts';
import { type EngineAddress, type EngineTls, isEngineRunning } from './engine.ts';

const DEFAULT_SOCKET = '/var/run/docker.sock';
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/** Undefined when none answers, or when it can only be reached in ways that this tool does not know. */
export async function findRunningEngine(env: NodeJS.ProcessEnv): Promise<EngineAddress | undefined> {
  try {
    const address = await getEngineAddress(env);
    return (await isEngineRunning(address)) ? address : undefined;
  } catch {
    return undefined;
  }
}

/** Throws NOT_SUPPORTED for SSH. */
export async function getEngineAddress(env: NodeJS.ProcessEnv): Promise<EngineAddress> {
  const host = env['DOCKER_HOST'];
  if (host) return parseHost(host, await readEnvironmentTls(env));
  const context = await findDockerContext(env);
  if (context === undefined) return { socketPath: DEFAULT_SOCKET };
  return parseHost(context.host, await readTls(context.tlsFolder, !context.skipsVerification));
}

function parseHost(host: string, tls: EngineTls | undefined): EngineAddress {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  if (host.startsWith('npipe://')) return { socketPath: host.slice('npipe://'.length).replaceAll('/', '\\') };
  const [, scheme, name, port] = /^(tcp|https?):\/\/([^/:]+|\[[^\]]+\])(?::(\d+))?\/?$/.exec(host) ?? [];
  if (name === undefined) {
    throw new FactoryError('NOT_SUPPORTED', `the Docker engine at ${host} cannot be reached directly`, {
      hint: 'Write an archive with --to image.tar and load it with: docker load -i image.tar',
    });
  }
  const used = scheme === 'https' ? (tls ?? { isVerified: true }) : tls;
  const fallback = used === undefined ? PLAIN_PORT : TLS_PORT;
  return { host: name.replace(/[[\]]/g, ''), port: Number(port ?? fallback), tls: used };
}

/** https://docs.docker.com/engine/security/protect-access/#secure-by-default */
async function readEnvironmentTls(env: NodeJS.ProcessEnv): Promise<EngineTls | undefined> {
  const isVerified = Boolean(env['DOCKER_TLS_VERIFY']);
  if (!isVerified && !env['DOCKER_TLS']) return undefined;
  const folder = env['DOCKER_CERT_PATH'] || findDockerFolder(env);
  const tls = folder && (await readTls(folder, isVerified));
  return tls || { isVerified };
}

/** Undefined where the folder has none of the files. */
async function readTls(folder: string, isVerified: boolean): Promise<EngineTls | undefined> {
  const [ca, cert, key] = await Promise.all(
    ['ca', 'cert', 'key'].map((name) => readFile(join(folder, `${name}.pem`), 'utf8').catch(() => undefined)),
  );
  if (ca === undefined && cert === undefined) return undefined;
  return { ca, cert, key, isVerified };
}
