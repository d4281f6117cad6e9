// Finds the certificates that Docker and podman keep for a registry: authorities to trust, and a client's own.
// https://docs.docker.com/engine/security/certificates/
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { wrapError } from '../../errors.ts';

export interface RegistryCertificates {
  /** Together with those that every program trusts. */
  readonly ca?: readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Empty where there is no folder for the host, which is `HOST` or `HOST:PORT`. */
export async function findCertificates(host: string, env: NodeJS.ProcessEnv): Promise<RegistryCertificates> {
  for (const parent of listParents(env)) {
    const folder = join(parent, host);
    const names = (await readdir(folder).catch(() => [])).sort();
    if (names.length > 0) return await readCertificates(folder, names, env);
  }
  return {};
}

function listParents(env: NodeJS.ProcessEnv): readonly string[] {
  const home = env['HOME'];
  const config = env['XDG_CONFIG_HOME'] ?? (home && join(home, '.config'));
  const parents = [config, '/etc'].filter((path): path is string => Boolean(path));
  return parents.flatMap((path) => [join(path, 'docker/certs.d'), join(path, 'containers/certs.d')]);
}

/** `*.crt` are authorities; `NAME.cert` and `NAME.key` belong to the client. */
async function readCertificates(folder: string, names: readonly string[], env: NodeJS.ProcessEnv) {
  try {
    const read = async (name: string) => await readFile(join(folder, name), 'utf8');
    const authorities = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read));
    const client = names.find((name) => name.endsWith('.cert'));
    return {
      ca: authorities.length > 0 ? [...(await listTrusted(env)), ...authorities] : undefined,
      cert: client && (await read(client)),
      key: client && (await read(client.replace(/\.cert$/, '.key'))),
    };
  } catch (error) {
    throw wrapError(`reading the certificates in ${folder}`, error, 'BAD_CONFIGURATION');
  }
}

/** To name authorities is to replace Node's own and those of its variable. */
async function listTrusted(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const path = env['NODE_EXTRA_CA_CERTS'];
  const more = path ? await readFile(path, 'utf8').catch(() => undefined) : undefined;
  return more === undefined ? rootCertificates : [...rootCertificates, more];
}
