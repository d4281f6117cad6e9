// Finds the login for a registry where Docker and podman keep it: their files, and the helpers that those name.
// https://docs.docker.com/reference/cli/docker/login/#credential-stores
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError, wrapError } from '../../errors.ts';
import { runProgram } from '../../run.ts';

export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string };

interface LoginFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const HUB_KEY = 'https://index.docker.io/v1/';
const HELPER_TIMEOUT_MS = 30_000;
const HELPER_NAME = /^[A-Za-z0-9._-]+$/;
/** What a helper answers as user name with an identity token. */
const TOKEN_USER = '<token>';

/** Undefined: ask anonymously. */
export async function findCredentials(
  host: string,
  repository: string,
  env: NodeJS.ProcessEnv,
): Promise<Credentials | undefined> {
  for (const path of listLoginFiles(env)) {
    const found = await findInFile(path, host, repository, env);
    if (found !== undefined) return found;
  }
  return undefined;
}

function listLoginFiles(env: NodeJS.ProcessEnv): readonly string[] {
  const home = env['HOME'] ?? env['USERPROFILE'];
  const config = env['XDG_CONFIG_HOME'] ?? (home && join(home, '.config'));
  const docker = env['DOCKER_CONFIG'] ?? (home && join(home, '.docker'));
  return [
    env['REGISTRY_AUTH_FILE'],
    docker && join(docker, 'config.json'),
    env['XDG_RUNTIME_DIR'] && join(env['XDG_RUNTIME_DIR'], 'containers/auth.json'),
    config && join(config, 'containers/auth.json'),
  ].filter((path): path is string => Boolean(path));
}

async function findInFile(path: string, host: string, repository: string, env: NodeJS.ProcessEnv) {
  const file = await readLoginFile(path);
  const keys = listKeys(host, repository);
  const helper = file.credHelpers?.[keys.at(-1) as string] ?? file.credHelpers?.[host] ?? file.credsStore;
  const key = host === 'docker.io' ? HUB_KEY : host;
  const helped = helper === undefined ? undefined : await askHelper(helper, key, env);
  return helped ?? findInAuths(file, keys, path);
}

async function readLoginFile(path: string): Promise<LoginFile> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LoginFile;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return {};
    throw wrapError(`reading ${path}`, error, 'BAD_CONFIGURATION');
  }
}

/** The most special first: podman allows logins for a part of a registry. */
function listKeys(host: string, repository: string): readonly string[] {
  const parts = repository.split('/');
  const prefixes = parts.map((_, i) => `${host}/${parts.slice(0, parts.length - i).join('/')}`);
  return host === 'docker.io' ? [...prefixes, host, 'index.docker.io'] : [...prefixes, host];
}

/** Keys of the file may be URLs: `https://HOST/v1/` means HOST. */
function findInAuths(file: LoginFile, keys: readonly string[], path: string): Credentials | undefined {
  const entries = new Map(
    Object.entries(file.auths ?? {}).map(([key, value]) => [
      key.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, ''),
      value,
    ]),
  );
  const login = keys.map((key) => entries.get(key)).find((one) => one !== undefined);
  if (login?.identitytoken) return { identityToken: login.identitytoken };
  if (!login?.auth) return undefined;
  const text = Buffer.from(login.auth, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new FactoryError('BAD_CONFIGURATION', `the login in ${path} cannot be read`, {
    hint: 'Log in again with: docker login',
  });
}

/** https://github.com/docker/docker-credential-helpers#development */
async function askHelper(
  helper: string,
  key: string,
  env: NodeJS.ProcessEnv,
): Promise<Credentials | undefined> {
  if (!HELPER_NAME.test(helper))
    throw new FactoryError('BAD_CONFIGURATION', `"${helper}" is not a helper's name`);
  const program = `docker-credential-${helper}`;
  const result = await runProgram(program, ['get'], { env, input: key, timeoutMs: HELPER_TIMEOUT_MS });
  if (result.status !== 0) {
    if (/credentials not found/i.test(result.stdout + result.stderr)) return undefined;
    const said = (result.stdout.trim() || result.stderr.trim()).split('\n', 1)[0];
    throw new FactoryError('NOT_AUTHENTICATED', `${program} failed for ${key}: ${said}`);
  }
  return parseHelperAnswer(program, result.stdout);
}

function parseHelperAnswer(program: string, text: string): Credentials {
  try {
    const { Username: username, Secret: password } = JSON.parse(text) as { Username: string; Secret: string };
    return username === TOKEN_USER ? { identityToken: password } : { username, password };
  } catch {
    throw new FactoryError('NOT_AUTHENTICATED', `${program} did not answer with a login`); // which is not quoted
  }
}
