// Makes the volume of a cluster by copying a whole PostgreSQL server, all its databases, as it runs.

import { join } from 'node:path';
import { runProgram } from '../../run.ts';
import type { Engine } from '../engine/engine.ts';
import { openPlace } from '../places.ts';
import { type Context, getVolumeId } from '../reconcile/context.ts';
import type { ClusterRecord } from '../records.ts';
import { formatBytes } from './byte-counts.ts';
import type { PostgresClients } from './client-programs.ts';
import { countWhileCopying } from './count-while-copying.ts';
import type { ImportJob } from './job.ts';
import { whileLoading } from './loading.ts';
import { countPostgres } from './postgres-counts.ts';
import { handOver } from './postgres-handover.ts';
import type { ImportSummary } from './request.ts';
import { whileSession } from './sessions.ts';
import { makeConnectOptions, type SourceServer } from './source-url.ts';
import { formatPasswordFile } from './staging.ts';
import { compareCounts, sumRows } from './verify.ts';

export interface PhysicalSource {
  readonly job: ImportJob;
  readonly source: SourceServer;
  readonly clients: PostgresClients;
  readonly engine: Engine;
  /** libpq's variables, without the password. */
  readonly env: Record<string, string>;
  readonly notes: readonly string[];
  readonly isMasterSuperuser: boolean;
}

/** Undefined: the server takes replication connections from here. */
export async function findReplicationObstacle(
  { folder }: PostgresClients,
  env: Record<string, string>,
): Promise<string | undefined> {
  const args = ['--no-psqlrc', '--no-password', '--dbname=replication=true', '--command=IDENTIFY_SYSTEM'];
  const { status, stderr } = await runProgram(join(folder, 'psql'), args, { env, timeoutMs: 20_000 });
  if (status === 0) return undefined;
  return `it takes no replication connections from here (${stderr.trim().split('\n').at(-1)})`;
}

export async function fillPhysically(
  from: PhysicalSource,
  context: Context,
  cluster: ClusterRecord,
): Promise<ImportSummary> {
  const { job, engine, notes } = from;
  const expected = await copyAndCount(from, context, cluster);
  return await whileLoading(context, cluster, engine, async (server) => {
    const { masterUsername: username } = cluster;
    const master = { username, verifier: undefined, isSuperuser: from.isMasterSuperuser };
    const { databases, roles } = await job.during('roles and owners', async () => {
      return await handOver(server, { master, majorVersion: engine.majorVersion });
    });
    const actual = await job.during('count rows', async (report) => {
      return await server.withSql(
        from.source.database,
        async (sql) => await countPostgres(sql, () => expected !== undefined, report),
      );
    });
    const check = expected
      ? compareCounts({ before: expected, sequencesAfter: expected.sequences, isExact: false }, actual)
      : 'rows and sequences were not compared';
    return {
      ...{ method: 'physical', notes, engineVersion: engine.version, databases, roles, check },
      tables: actual.tables.size,
      sequences: actual.sequences.size,
      rows: expected ? sumRows(actual) : undefined,
    };
  });
}

/** The rows are counted at the source while it is copied. */
async function copyAndCount(from: PhysicalSource, context: Context, cluster: ClusterRecord) {
  const { job, source, engine, clients, env } = from;
  await context.driver.makeVolume(getVolumeId(cluster));
  const place = { ...(await openPlace(context, cluster)), isListening: false, isDurable: false };
  return await job.during('copy the server', async (report) => {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, job.signal]);
    const copying = engine.takeOver?.(place, {
      ...{ program: join(clients.folder, 'pg_basebackup'), env, signal },
      passwordFile: formatPasswordFile(job.request.password),
      onLine(line) {
        const [, done, total] = /^\s*(\d+)\/(\d+) kB/.exec(line) ?? [];
        if (done && total)
          report(`${formatBytes(Number(done) * 1024)} of ${formatBytes(Number(total) * 1024)}`);
      },
    });
    const counting = job.request.isVerified ? countSource(source, job.request.password, signal) : undefined;
    return await countWhileCopying(counting, copying, stop);
  });
}

async function countSource(source: SourceServer, password: string, signal: AbortSignal) {
  return await whileSession(makeConnectOptions(source, password), signal, async (sql) => {
    await sql.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await countPostgres(
      sql,
      () => true,
      () => {},
    );
  });
}
