// Loads what pg_dump wrote into the server of a new cluster, as its superuser: owners and rights stay as they were.
import { FactoryError } from '../../errors.ts';
import { runChecked, runPiped } from '../../run.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import { SqlError } from '../../sql/errors.ts';
import { ADMIN } from '../engine/postgres-access.ts';
import type { ImportJob } from './job.ts';
import type { LoadingServer } from './loading.ts';
import { describeEnd } from './program-end.ts';
import { quoteName } from './quote.ts';
import type { Staging } from './staging.ts';

/** Memory for indexes; nothing has to survive before everything is there. */
const SESSION_OPTIONS = '-c maintenance_work_mem=256MB -c synchronous_commit=off';
/** Classes of what a locale that this machine lacks is answered with. */
const LOCALE_ERRORS = ['22023', '42704', '42809'];

export interface Locale {
  readonly collate: string;
  readonly ctype: string;
}

/** False: the locale of the source is not here, and that of the cluster is taken. */
export async function makeDatabase(
  sql: SqlConnection,
  name: string,
  owner: string,
  locale: Locale | undefined,
): Promise<boolean> {
  const { rows } = await sql.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rows.length > 0) return true;
  const statement = `CREATE DATABASE ${quoteName(name)} OWNER ${quoteName(owner)} TEMPLATE template0 ENCODING 'UTF8'`;
  if (locale === undefined) {
    await sql.query(statement);
    return true;
  }
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  try {
    await sql.query(`${statement} LC_COLLATE ${quote(locale.collate)} LC_CTYPE ${quote(locale.ctype)}`);
    return true;
  } catch (error) {
    const cause = error instanceof FactoryError ? error.cause : undefined;
    if (!(cause instanceof SqlError) || !LOCALE_ERRORS.includes(cause.sqlState)) throw error;
    await sql.query(statement);
    return false;
  }
}

export function makeLoadingEnv({ login }: LoadingServer, database: string): Record<string, string> {
  return {
    ...{ PATH: '/usr/bin:/bin', LC_ALL: 'C', PGHOST: login.host, PGPORT: String(login.port) },
    ...{ PGUSER: ADMIN, PGDATABASE: database, PGOPTIONS: SESSION_OPTIONS, PGAPPNAME: 'db-artifact import' },
  };
}

/** The entries of a dump, one a line; comments begin with a semicolon. */
export async function readContents(pgRestore: string, dump: string): Promise<readonly string[]> {
  const text = await runChecked(pgRestore, ['--list', dump], { env: { LC_ALL: 'C' } });
  return text.split('\n');
}

export interface Restore {
  readonly pgRestore: string;
  readonly dump: string;
  /** What is to be restored, as readContents gives it. */
  readonly contents: readonly string[];
  readonly staging: Staging;
  readonly database: string;
  readonly isParallel: boolean;
}

export async function restoreDump(
  job: ImportJob,
  server: LoadingServer,
  restore: Restore,
  report: (detail: string) => void,
): Promise<void> {
  const { pgRestore, dump, contents, staging, database, isParallel } = restore;
  const total = contents.filter((line) => / TABLE DATA /.test(line) && !line.startsWith(';')).length;
  const list = await staging.writeSecret('contents', contents.join('\n'));
  let tables = 0;
  const jobs = isParallel ? [`--jobs=${job.request.jobs}`] : [];
  const args = [
    ...[...jobs, `--use-list=${list}`, '--exit-on-error', '--no-tablespaces', '--verbose', '--no-password'],
    ...['--no-publications', '--no-subscriptions', ...(job.request.isSchemaOnly ? ['--schema-only'] : [])],
    ...[`--dbname=${database}`, dump],
  ];
  const result = await runPiped(pgRestore, args, {
    env: makeLoadingEnv(server, database),
    signal: job.signal,
    onLine(line) {
      const name = /processing data for table "(.+)"|creating ((?:INDEX|CONSTRAINT|FK CONSTRAINT) ".+")/.exec(
        line,
      );
      if (name?.[1]) report(`table ${++tables} of ${total}: ${name[1]}`);
      else if (name?.[2]) report(name[2]);
    },
  });
  if (result.status !== 0) throw describeEnd('pg_restore', result.stderr);
}
