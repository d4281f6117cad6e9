// Plans the import of a MySQL or MariaDB server.
import { FactoryError } from '../../errors.ts';
import { connectDatabase } from '../../sql/connect.ts';
import type { Engine } from '../engine/engine.ts';
import { getMysqlClients } from './client-programs.ts';
import { fillFromMysql } from './mysql-copy.ts';
import { type MysqlFacts, type MysqlTable, readMysqlFacts } from './mysql-facts.ts';
import { nameTable, selectMysqlTables } from './mysql-selection.ts';
import type { MysqlDump } from './mysql-streams.ts';
import { pickEngine } from './pick-engine.ts';
import type { Ground, ImportPlan } from './plan.ts';
import { makeConnectOptions, parseSourceUrl } from './source-url.ts';
import { formatOptionFile } from './staging.ts';

export async function planMysqlServer(ground: Ground, url: string): Promise<ImportPlan> {
  const { job, staging, settings } = ground;
  const { request } = job;
  checkMethod(request.method);
  const source = parseSourceUrl(url);
  const options = { ...makeConnectOptions(source, request.password), database: '' };
  const sql = await job.during('source', async () => await connectDatabase(options));
  try {
    return await job.during('check versions and storage engines', async (report) => {
      const facts = await readMysqlFacts(sql, source.database);
      checkDatabases(facts, source.database);
      const engine = pickEngine(ground, facts.isMariadb ? facts.version : undefined);
      await checkStorageEngines(engine, facts.tables);
      const selection = selectMysqlTables(facts, request);
      const optionText = formatOptionFile(source, request.password);
      const dump: MysqlDump = {
        ...(await getMysqlClients(settings.env)),
        databases: facts.databases,
        names: facts.tables.map(nameTable),
        writeOptions: async (name, ignored) =>
          await staging.writeSecret(`${name}.cnf`, `${optionText}${formatIgnored(ignored)}`),
      };
      report(`${facts.isMariadb ? 'MariaDB' : 'MySQL'} ${facts.version} into MariaDB ${engine.version}`);
      const from = { job, sql, options, engine, facts, selection, dump };
      return {
        engine,
        databaseName: facts.databases.length === 1 ? facts.databases[0] : undefined,
        fill: async (context, cluster) => await fillFromMysql(from, context, cluster),
        [Symbol.asyncDispose]: async () => await sql.close(),
      };
    });
  } catch (error) {
    await sql.close();
    throw error;
  }
}

function checkMethod(method: string): void {
  if (method !== 'physical') return;
  throw new FactoryError('NOT_SUPPORTED', 'MySQL and MariaDB are imported logically only', {
    hint: 'Leave --method out.',
  });
}

function checkDatabases({ databases }: MysqlFacts, wanted: string): void {
  if (databases.length > 0) return;
  throw new FactoryError(
    'NOT_FOUND',
    wanted ? `the source has no database ${wanted}` : 'the source has no databases',
  );
}

async function checkStorageEngines(engine: Engine, tables: readonly MysqlTable[]): Promise<void> {
  const known = (await engine.listExtensions()).map((name) => name.toLowerCase());
  const missing = tables.filter(
    (table) => table.engine !== '' && !known.includes(table.engine.toLowerCase()),
  );
  if (missing.length === 0) return;
  throw new FactoryError('NOT_SUPPORTED', 'the source has tables in storage engines that are not here', {
    problems: missing.map((table) => `${nameTable(table)}: ${table.engine}`),
    hint: 'Leave them out: --exclude-table PATTERN.',
  });
}

function formatIgnored(names: readonly string[]): string {
  if (names.length === 0) return '';
  return `[mysqldump]\n${names.map((name) => `ignore-table=${name}\n`).join('')}`;
}
