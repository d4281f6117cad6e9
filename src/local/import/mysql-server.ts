// Plans the import of a MySQL or MariaDB server.
import { FactoryError } from '../../errors.ts';
import { connectDatabase } from '../../sql/connect.ts';
import type { Engine } from '../engine/engine.ts';
import { getMysqlClients } from './client-programs.ts';
import { fillFromMysql } from './mysql-copy.ts';
import { type MysqlFacts, type MysqlTable, readMysqlFacts } from './mysql-facts.ts';
import { findMariadbWay, type MariadbFiles, type MariadbWay } from './mysql-obstacles.ts';
import { fillFromMariadbFiles } from './mysql-physical.ts';
import { nameTable, selectMysqlTables } from './mysql-selection.ts';
import type { MysqlDump } from './mysql-streams.ts';
import { pickEngine } from './pick-engine.ts';
import type { Ground, ImportPlan } from './plan.ts';
import { makeConnectOptions, parseSourceUrl } from './source-url.ts';
import { formatOptionFile } from './staging.ts';

export async function planMysqlServer(ground: Ground, url: string): Promise<ImportPlan> {
  const { job, staging, settings } = ground;
  const { request } = job;
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
      const way = await findMariadbWay(sql, { facts, engine, request, env: settings.env });
      const files = pickFiles(request.method, way);
      const product = facts.isMariadb ? 'MariaDB' : 'MySQL';
      const how = files ? 'physically' : 'logically';
      report(`${product} ${facts.version} into MariaDB ${engine.version}, ${how}`);
      const notes =
        'files' in way || request.method === 'logical'
          ? []
          : [`not copied file by file: ${way.obstacles.join('; ')}`];
      const from = { job, sql, options, engine, facts, selection, dump, notes };
      return {
        engine,
        databaseName: facts.databases.length === 1 ? facts.databases[0] : undefined,
        fill: async (context, cluster) =>
          files
            ? await fillFromMariadbFiles(from, files, context, cluster)
            : await fillFromMysql(from, context, cluster),
        [Symbol.asyncDispose]: async () => await sql.close(),
      };
    });
  } catch (error) {
    await sql.close();
    throw error;
  }
}

/** Undefined: logically. */
function pickFiles(method: string, way: MariadbWay): MariadbFiles | undefined {
  if (method === 'logical') return undefined;
  if ('files' in way) return way.files;
  if (method === 'auto') return undefined;
  throw new FactoryError('NOT_SUPPORTED', 'the source cannot be copied file by file', {
    problems: way.obstacles,
    hint: 'Leave --method out, or take --method logical.',
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
