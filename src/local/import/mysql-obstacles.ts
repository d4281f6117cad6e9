// Why a MariaDB source cannot be copied file by file: by what it is, by what was asked for, by what is here.
import { access, constants } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { getMessage } from '../../errors.ts';
import { runProgram } from '../../run.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import type { Engine } from '../engine/engine.ts';
import { listPath } from './client-programs.ts';
import type { MysqlFacts } from './mysql-facts.ts';
import type { ImportRequest } from './request.ts';

/** What file by file copying needs. */
export interface MariadbFiles {
  /** Of the source. */
  readonly dataDir: string;
  /** mariadb-backup of its very version. */
  readonly program: string;
}

/** Either nothing is in the way, or a sentence for each thing that is. */
export type MariadbWay = { readonly files: MariadbFiles } | { readonly obstacles: readonly string[] };

export async function findMariadbWay(
  sql: SqlConnection,
  {
    facts,
    engine,
    request,
    env,
  }: {
    readonly facts: MysqlFacts;
    readonly engine: Engine;
    readonly request: ImportRequest;
    readonly env: NodeJS.ProcessEnv;
  },
): Promise<MariadbWay> {
  if (!facts.isMariadb) return { obstacles: ['it is MySQL'] };
  const { dataDir, ...found } = await readSettings(sql);
  const program = await findBackupProgram(facts.version, env);
  const checks: Record<string, boolean> = {
    'only a part of it was asked for': isPart(request) || Number(found['databases']) > facts.databases.length,
    [`it has version ${facts.version}, and ${engine.version} was picked here`]:
      !`${facts.version}.`.startsWith(`${engine.majorVersion}.`),
    'it is on another machine': found['host'] !== hostname(),
    'its files cannot be read from here': !(await isReadable(join(dataDir, 'ibdata1'))),
    'its files are of another form than here': found['form'] !== '16384,ibdata1:12M:autoextend,0,OFF,OFF',
    [`there is no mariadb-backup ${facts.version}`]: program === undefined,
  };
  const obstacles = Object.entries(checks).flatMap(([sentence, isSo]) => (isSo ? [sentence] : []));
  if (obstacles.length === 0) obstacles.push(...(await tryBackup(sql)));
  return obstacles.length > 0 || program === undefined ? { obstacles } : { files: { dataDir, program } };
}

function isPart(request: ImportRequest): boolean {
  const { tables, excludedTables, emptyTables, isSchemaOnly } = request;
  return isSchemaOnly || [tables, excludedTables, emptyTables].some((list) => list.length > 0);
}

async function readSettings(sql: SqlConnection): Promise<Record<string, unknown> & { dataDir: string }> {
  const { rows } = await sql.query(
    `SELECT @@hostname AS host, @@datadir AS dataDir,
       CONCAT_WS(',', @@innodb_page_size, @@innodb_data_file_path, @@lower_case_table_names,
         @@innodb_encrypt_tables, IF(@@innodb_encrypt_log, 'ON', 'OFF')) AS form,
       (SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN
         ('mysql', 'sys', 'information_schema', 'performance_schema')) AS \`databases\``,
  );
  return { ...rows[0], dataDir: String(rows[0]?.['dataDir']) };
}

async function isReadable(path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** An older one may not know the files, a newer one the server. */
async function findBackupProgram(version: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of listPath(env)) {
    const program = join(folder, 'mariadb-backup');
    if (!(await isReadable(program))) continue;
    const said = await runProgram(program, ['--version'], { env: { LC_ALL: 'C' }, timeoutMs: 10_000 });
    if (`${said.stdout}${said.stderr}`.includes(` ${version}-MariaDB`)) return program;
  }
  return undefined;
}

/** What the program does there, for a moment, and files that it would leave where they are. */
async function tryBackup(sql: SqlConnection): Promise<readonly string[]> {
  try {
    for (const statement of [
      'BACKUP STAGE START',
      'BACKUP STAGE END',
      'SHOW ENGINE INNODB STATUS',
      'SHOW MASTER STATUS',
    ])
      await sql.query(statement);
    const { rows } = await sql.query(
      "SELECT COUNT(*) AS elsewhere FROM information_schema.INNODB_SYS_TABLESPACES WHERE FILENAME LIKE '/%'",
    );
    return Number(rows[0]?.['elsewhere']) > 0 ? ['it has tables in other folders'] : [];
  } catch (error) {
    return [`its user may not back it up (${getMessage(error)})`];
  }
}
