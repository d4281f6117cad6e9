// Plans the import of a MySQL or MariaDB server, and makes the volume of a cluster from what mysqldump reads of it.
import { FactoryError } from '../../errors.ts';
import { runPiped } from '../../run.ts';
import { type ConnectOptions, connectDatabase, type SqlConnection } from '../../sql/connect.ts';
import type { Context } from '../context.ts';
import type { Engine } from '../engine/engine.ts';
import type { ClusterRecord } from '../records.ts';
import { getMysqlClients } from './client-programs.ts';
import type { ImportJob } from './job.ts';
import { rewriteLines } from './lines.ts';
import { fillFreshVolume, type LoadingServer } from './loading.ts';
import { countMysql, readCounters } from './mysql-counts.ts';
import { type MysqlFacts, type MysqlTable, readMysqlFacts } from './mysql-facts.ts';
import { loadText, prepareServer } from './mysql-load.ts';
import { type MysqlSelection, nameTable, selectMysqlTables } from './mysql-selection.ts';
import { listDumpArguments, lockTables, type MysqlDump, streamRows } from './mysql-streams.ts';
import { makeMysqlRewriter } from './mysql-text.ts';
import { pickEngine } from './pick-engine.ts';
import type { Ground, ImportPlan } from './plan.ts';
import { describeEnd } from './postgres-restore.ts';
import type { ImportSummary } from './request.ts';
import { whileSession } from './sessions.ts';
import { makeConnectOptions, parseSourceUrl } from './source-url.ts';
import { formatOptionFile } from './staging.ts';
import { type Counts, compareCounts, type Expected, sumRows } from './verify.ts';

interface MysqlSource {
  readonly job: ImportJob;
  readonly sql: SqlConnection;
  readonly options: ConnectOptions;
  readonly engine: Engine;
  readonly facts: MysqlFacts;
  readonly selection: MysqlSelection;
  readonly dump: MysqlDump;
}

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

async function fillFromMysql(
  from: MysqlSource,
  context: Context,
  cluster: ClusterRecord,
): Promise<ImportSummary> {
  const { job, engine, facts } = from;
  return await fillFreshVolume(context, cluster, engine, async (server) => {
    const notes = new Set(['accounts did not come along']);
    await prepareServer(server);
    const change = { master: cluster.masterUsername, note: (text: string) => notes.add(text) };
    await job.during('structure', async () => await copyText(from, server, change, STRUCTURE));
    const expected = await job.during('rows', async (report) => await copyRows(from, server, report));
    await job.during('triggers', async () => await copyText(from, server, change, TRIGGERS));
    const actual = await job.during('count rows', async (report) => await countCopy(from, server, report));
    const isCounted = expected !== undefined;
    return {
      ...{
        method: 'logical',
        notes: [...notes],
        engineVersion: engine.version,
        databases: facts.databases,
        roles: [],
      },
      tables: facts.tables.filter((table) => table.kind === 'BASE TABLE' && !isExcluded(from, table)).length,
      sequences: actual.sequences.size,
      rows: isCounted ? sumRows(actual) : undefined,
      check: isCounted ? compareCounts(expected, actual) : 'rows and sequences were not compared',
    };
  });
}

/** Triggers would work on the rows that come in, so they follow. */
const STRUCTURE = ['--no-data', '--skip-triggers', '--routines', '--events'];
const TRIGGERS = ['--no-data', '--no-create-info', '--no-create-db', '--triggers'];

async function copyText(
  { job, dump, selection }: MysqlSource,
  server: LoadingServer,
  change: { readonly master: string; readonly note: (text: string) => void },
  what: readonly string[],
): Promise<void> {
  const text = rewriteLines(makeMysqlRewriter(change));
  const optionFile = await dump.writeOptions('text', selection.excluded);
  const [dumped, loaded] = await Promise.allSettled([
    runPiped(dump.dump, listDumpArguments(optionFile, dump.databases, what), {
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      signal: job.signal,
      output: text,
    }),
    loadText(job, dump.client, server, text),
  ]);
  if (loaded.status === 'rejected') throw loaded.reason;
  if (dumped.status === 'rejected') throw dumped.reason;
  if (dumped.value.status !== 0) throw describeEnd('mariadb-dump', dumped.value.stderr);
}

/** Undefined: nothing was counted. */
async function copyRows(
  from: MysqlSource,
  server: LoadingServer,
  report: (detail: string) => void,
): Promise<Expected | undefined> {
  const { job, sql, selection, dump } = from;
  const { isVerified, isSchemaOnly, jobs } = job.request;
  if (isSchemaOnly) return undefined;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, job.signal]);
  return await whileSession(from.options, signal, async (counter) => {
    const isLocked = await lockTables(sql);
    await counter.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    let counting: Promise<Counts | undefined> = Promise.resolve(undefined);
    const source = { ...dump, tables: selection.filled, streams: isLocked ? jobs : 1 };
    const onBegun = async () => {
      await sql.query('UNLOCK TABLES');
      if (isVerified) counting = countMysql(counter, listCounted(from), () => {});
      counting.catch(() => {});
    };
    try {
      await streamRows(job, server, source, { report, onBegun });
      const before = await counting;
      if (before === undefined) return undefined;
      const isExact = isLocked && selection.filled.every(({ engine }) => engine === 'InnoDB');
      return { before, sequencesAfter: await readCounters(sql, listCounted(from)), isExact };
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
}

async function countCopy(
  from: MysqlSource,
  server: LoadingServer,
  report: (table: string) => void,
): Promise<Counts> {
  const { isVerified, isSchemaOnly } = from.job.request;
  if (!isVerified || isSchemaOnly) return { tables: new Map(), sequences: new Map() };
  return await server.withSql('', async (sql) => await countMysql(sql, listCounted(from), report));
}

function listCounted({ facts, selection }: MysqlSource): readonly MysqlTable[] {
  return [...selection.filled, ...facts.tables.filter(({ kind }) => kind === 'SEQUENCE')];
}

function isExcluded({ selection }: MysqlSource, table: MysqlTable): boolean {
  return selection.excluded.includes(nameTable(table));
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
