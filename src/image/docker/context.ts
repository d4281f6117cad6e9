// Reads what `docker context` wrote: where the engine of a named context is, and with which TLS files.
// https://docs.docker.com/engine/manage-resources/contexts/
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';

export interface DockerContext {
  readonly host: string;
  /** With `ca.pem`, `cert.pem` and `key.pem`, as far as there are any. */
  readonly tlsFolder: string;
  readonly skipsVerification: boolean;
}

interface ContextFile {
  readonly Endpoints?: {
    readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean };
  };
}

/** Undefined for the default context. */
export async function findDockerContext(env: NodeJS.ProcessEnv): Promise<DockerContext | undefined> {
  const folder = findDockerFolder(env);
  if (folder === undefined) return undefined;
  const config = await readJson<{ currentContext?: string }>(join(folder, 'config.json'));
  const name = env['DOCKER_CONTEXT'] || config?.currentContext;
  if (!name || name === 'default') return undefined;
  // A context is a folder named by the digest of its name.
  const id = createHash('sha256').update(name).digest('hex');
  const meta = await readJson<ContextFile>(join(folder, 'contexts', 'meta', id, 'meta.json'));
  const endpoint = meta?.Endpoints?.docker;
  if (endpoint?.Host === undefined) {
    throw new FactoryError('NOT_FOUND', `Docker's context "${name}" leads to no engine`, {
      hint: 'List the contexts with: docker context ls',
    });
  }
  return {
    host: endpoint.Host,
    tlsFolder: join(folder, 'contexts', 'tls', id, 'docker'),
    skipsVerification: endpoint.SkipTLSVerify ?? false,
  };
}

/** Undefined where there is no home folder. */
export function findDockerFolder(env: NodeJS.ProcessEnv): string | undefined {
  const home = env['HOME'] ?? env['USERPROFILE'];
  return env['DOCKER_CONFIG'] || (home && join(home, '.docker')) || undefined;
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
