// The password of a source server as a person gives it: URL, file, standard input, or where its own clients look.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../errors.ts';
import type { CommandContext } from './context.ts';
import type { Output } from './output.ts';
import { cutLineEnd, readPasswordFile } from './password-options.ts';

export interface SourcePasswordOptions {
  readonly passwordFile?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
}

/** The URL comes back without the password, and with what the environment says of TLS. */
export async function readSourcePassword(
  { env, readInput }: Pick<CommandContext, 'env' | 'readInput'>,
  from: string,
  { passwordFile, passwordStdin }: SourcePasswordOptions,
  output: Pick<Output, 'warn'>,
): Promise<{ readonly url: string; readonly password: string }> {
  const { parseSourceUrl, splitPassword } = await import('../local/import/source-url.ts');
  const { url: bare, password: inUrl } = splitPassword(from);
  const url = addTlsOptions(bare, env);
  const given = [inUrl, passwordFile, passwordStdin || undefined].filter((value) => value !== undefined);
  if (given.length > 1)
    throw new FactoryError('BAD_INVOCATION', 'the password of the source is given more than once');
  if (inUrl !== undefined) {
    output.warn(
      'a password in the URL can be seen in the process list; use PGPASSWORD, MYSQL_PWD or --password-file',
    );
    return { url, password: inUrl };
  }
  if (passwordStdin) return { url, password: cutLineEnd(await readInput()) };
  if (passwordFile !== undefined) return { url, password: await readPasswordFile(passwordFile) };
  const source = parseSourceUrl(url);
  if (source.family === 'mysql') return { url, password: env['MYSQL_PWD'] ?? '' };
  return { url, password: env['PGPASSWORD'] ?? (await findInPasswordFile(source, env)) ?? '' };
}

function addTlsOptions(text: string, env: NodeJS.ProcessEnv): string {
  const url = new URL(text);
  if (!/^postgres/.test(url.protocol)) return text;
  for (const [name, value] of [
    ['sslmode', env['PGSSLMODE']],
    ['sslrootcert', env['PGSSLROOTCERT']],
  ] as const) {
    if (value && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.href;
}

/** https://www.postgresql.org/docs/current/libpq-pgpass.html: a file that others can read does not count. */
async function findInPasswordFile(
  source: { readonly host: string; readonly port: number; readonly database: string; readonly user: string },
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const path = env['PGPASSFILE'] ?? join(env['HOME'] ?? '/', '.pgpass');
  const mode = (await stat(path).catch(() => undefined))?.mode ?? 0o077;
  if ((mode & 0o077) !== 0) return undefined;
  const wanted = [source.host, String(source.port), source.database, source.user];
  for (const line of (await readFile(path, 'utf8')).split('\n')) {
    const fields = [...line.matchAll(/((?:\\.|[^:\\])*)(?::|$)/g)].map(([, field = '']) =>
      field.replace(/\\(.)/g, '$1'),
    );
    const fits = wanted.every((value, index) => fields[index] === '*' || fields[index] === value);
    if (!line.startsWith('#') && fits && fields[4] !== undefined) return fields[4];
  }
  return undefined;
}
