// Makes the volume of a cluster from what mysqldump reads of a MySQL or MariaDB server: structure, rows, triggers.
import { runPiped } from '../../run.ts';
import type { ConnectOptions, SqlConnection } from '../../sql/connect.ts';
import type { Engine } from '../engine/engine.ts';
import type { Context } from '../reconcile/context.ts';
import type { ClusterRecord } from '../records.ts';
import type { ImportJob } from './job.ts';
import { rewriteLines } from './lines.ts';
import { fillFreshVolume, type LoadingServer } from './loading.ts';
import { countMysql, readCounters } from './mysql-counts.ts';
import type { MysqlFacts, MysqlTable } from './mysql-facts.ts';
import { buildIndexes, setIndexesAside } from './mysql-indexes.ts';
import { loadText } from './mysql-load.ts';
import { type MysqlSelection, nameTable } from './mysql-selection.ts';
import { listDumpArguments, lockTables, type MysqlDump, streamRows } from './mysql-streams.ts';
import { makeMysqlRewriter } from './mysql-text.ts';
import { describeEnd } from './program-end.ts';
import type { ImportSummary } from './request.ts';
import { whileSession } from './sessions.ts';
import { type Counts, compareCounts, type Expected, sumRows } from './verify.ts';

export interface MysqlSource {
  readonly job: ImportJob;
  readonly sql: SqlConnection;
  readonly options: ConnectOptions;
  readonly engine: Engine;
  readonly facts: MysqlFacts;
  readonly selection: MysqlSelection;
  readonly dump: MysqlDump;
  readonly notes: readonly string[];
}

export async function fillFromMysql(
  from: MysqlSource,
  context: Context,
  cluster: ClusterRecord,
): Promise<ImportSummary> {
  const { job, engine, facts } = from;
  return await fillFreshVolume(context, cluster, engine, async (server) => {
    const notes = new Set([...from.notes, 'accounts did not come along']);
    const change = { master: cluster.masterUsername, note: (text: string) => notes.add(text) };
    await job.during('structure', async () => await copyText(from, server, change, STRUCTURE));
    const expected = await copyTables(from, server);
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
    runPiped(dump.dump, listDumpArguments(dump, optionFile, what), {
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

async function copyTables(from: MysqlSource, server: LoadingServer): Promise<Expected | undefined> {
  const { job, selection } = from;
  const { jobs } = job.request;
  const aside = await setIndexesAside(server, selection.filled);
  const expected = await job.during('rows', async (report) => await copyRows(from, server, report));
  if (aside.length > 0)
    await job.during('indexes', async (report) => await buildIndexes(server, aside, { jobs, report }));
  return expected;
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
