// Makes the volume of a cluster by copying the files of a whole MariaDB server on this machine, as it runs.

import type { SqlConnection } from '../../sql/connect.ts';
import { openPlace } from '../places.ts';
import { type Context, getVolumeId } from '../reconcile/context.ts';
import type { ClusterRecord } from '../records.ts';
import { countWhileCopying } from './count-while-copying.ts';
import { whileLoading } from './loading.ts';
import type { MysqlSource } from './mysql-copy.ts';
import { countMysql, readCounters } from './mysql-counts.ts';
import type { MysqlTable } from './mysql-facts.ts';
import { lockAccounts } from './mysql-handover.ts';
import type { MariadbFiles } from './mysql-obstacles.ts';
import type { ImportSummary } from './request.ts';
import { whileSession } from './sessions.ts';
import { type Counts, compareCounts, sumRows } from './verify.ts';

export async function fillFromMariadbFiles(
  from: MysqlSource,
  files: MariadbFiles,
  context: Context,
  cluster: ClusterRecord,
): Promise<ImportSummary> {
  const { job, engine, facts } = from;
  const before = await copyAndCount(from, files, context, cluster);
  return await whileLoading(context, cluster, engine, async (server) => {
    const roles = await job.during('accounts', async () => await lockAccounts(server));
    const count = async (sql: SqlConnection, report: (table: string) => void) =>
      await countLasting(sql, facts.tables, report);
    const actual = await job.during('count rows', async (report) =>
      before ? await server.withSql('', async (sql) => await count(sql, report)) : undefined,
    );
    const isCounted = before !== undefined && actual !== undefined;
    const expected = before && { before, sequencesAfter: before.sequences, isExact: false };
    return {
      ...{ method: 'physical', engineVersion: engine.version, databases: facts.databases, roles },
      notes: ['accounts are locked'],
      tables: facts.tables.filter(({ kind }) => kind === 'BASE TABLE').length,
      sequences: facts.tables.filter(({ kind }) => kind === 'SEQUENCE').length,
      rows: isCounted ? sumRows(actual) : undefined,
      check: isCounted && expected ? compareCounts(expected, actual) : 'rows and sequences were not compared',
    };
  });
}

/** What AUTO_INCREMENT gives next is reckoned anew when a server starts: numbers that were set aside come back. */
async function countLasting(
  sql: SqlConnection,
  all: readonly MysqlTable[],
  report: (table: string) => void,
): Promise<Counts> {
  const { tables } = await countMysql(sql, all, report);
  const sequences = all.filter(({ kind }) => kind === 'SEQUENCE');
  return { tables, sequences: await readCounters(sql, sequences) };
}

/** The rows are counted at the source while it is copied. */
async function copyAndCount(
  { job, engine, dump, options, facts }: MysqlSource,
  { dataDir, program }: MariadbFiles,
  context: Context,
  cluster: ClusterRecord,
): Promise<Counts | undefined> {
  await context.driver.makeVolume(getVolumeId(cluster));
  const place = { ...(await openPlace(context, cluster)), isListening: false, isDurable: false };
  const optionFile = await dump.writeOptions('backup', []);
  return await job.during('copy the server', async (report) => {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, job.signal]);
    let copied = 0;
    const copying = engine.takeOver?.(place, {
      ...{ program, env: {}, passwordFile: '', signal },
      ...{ args: [`--defaults-file=${optionFile}`], sourceDir: dataDir },
      onLine(line) {
        if (/ Copying (?!.*\.\.\.done)/.test(line)) report(`${++copied} files`);
      },
    });
    const counting = job.request.isVerified
      ? whileSession(options, signal, async (sql) => {
          await sql.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
          return await countLasting(sql, facts.tables, () => {});
        })
      : undefined;
    return await countWhileCopying(counting, copying, stop);
  });
}
