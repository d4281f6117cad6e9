// Makes the volume of a cluster from what pg_dump reads of one database.
import { join } from 'node:path';
import type { ConnectOptions } from '../../sql/connect.ts';
import type { Engine } from '../engine/engine.ts';
import type { Context } from '../reconcile/context.ts';
import type { ClusterRecord } from '../records.ts';
import type { PostgresClients } from './client-programs.ts';
import type { ImportJob } from './job.ts';
import { fillFreshVolume, type LoadingServer } from './loading.ts';
import { countPostgres } from './postgres-counts.ts';
import { dumpPostgres, getDumpFolder } from './postgres-dump.ts';
import type { PostgresFacts } from './postgres-facts.ts';
import { makeDatabase, readContents, restoreDump } from './postgres-restore.ts';
import { makeRoles, type PostgresRoles } from './postgres-roles.ts';
import type { PostgresSelection } from './postgres-selection.ts';
import type { ImportSummary } from './request.ts';
import type { SourceServer } from './source-url.ts';
import type { Staging } from './staging.ts';
import { compareCounts, type Expected, sumRows } from './verify.ts';

export interface LogicalSource {
  readonly job: ImportJob;
  readonly source: SourceServer;
  readonly options: ConnectOptions;
  readonly env: Record<string, string>;
  readonly clients: PostgresClients;
  readonly engine: Engine;
  readonly facts: PostgresFacts;
  readonly selection: PostgresSelection;
  readonly roles: PostgresRoles;
  readonly staging: Staging;
  readonly notes: readonly string[];
}

export async function fillLogically(
  from: LogicalSource,
  context: Context,
  cluster: ClusterRecord,
): Promise<ImportSummary> {
  const { job, engine } = from;
  const expected = await job.during('dump', async (report) => await dumpPostgres(job, from, report));
  return await fillFreshVolume(context, cluster, engine, async (server) => {
    const { roles, notes } = await prepare(from, server, cluster.masterUsername);
    await job.during('restore', async (report) => await restore(from, server, report));
    const counted = await finishDatabase(job, server, from.source.database, expected);
    const { tables, sequences, rows, check } = counted;
    const databases = [from.source.database];
    return {
      method: 'logical',
      notes,
      engineVersion: engine.version,
      databases,
      tables,
      rows,
      sequences,
      roles,
      check,
    };
  });
}

async function prepare(
  { source, roles, facts, notes, job }: LogicalSource,
  server: LoadingServer,
  master: string,
) {
  const { database } = source;
  return await job.during(
    'database and roles',
    async () =>
      await server.withSql('postgres', async (sql) => {
        const locale = facts.encoding === 'UTF8' ? facts : undefined;
        const hasLocale = await makeDatabase(sql, database, master, locale);
        const made = await makeRoles(sql, roles, { master, database });
        const lacking = `the locale ${facts.collate} is not here: texts sort as this cluster's others do`;
        return { roles: made, notes: hasLocale ? notes : [...notes, lacking] };
      }),
  );
}

async function restore(
  from: LogicalSource,
  server: LoadingServer,
  report: (detail: string) => void,
): Promise<void> {
  const { clients, staging, source, selection, job } = from;
  const pgRestore = join(clients.folder, 'pg_restore');
  const dump = getDumpFolder(staging);
  const gone = [
    ...selection.foreignKeys.map((key) => ` FK CONSTRAINT ${key} `),
    ...job.request.skippedExtensions.flatMap((name) => [
      ` EXTENSION - ${name} `,
      ` COMMENT - EXTENSION ${name} `,
    ]),
  ];
  const contents = (await readContents(pgRestore, dump)).filter(
    (line) => !gone.some((entry) => line.includes(entry)),
  );
  await restoreDump(
    job,
    server,
    { pgRestore, dump, contents, staging, database: source.database, isParallel: true },
    report,
  );
}

/** Statistics for the planner, and pages that clones need not write to when they first read them. */
export async function finishDatabase(
  job: ImportJob,
  server: LoadingServer,
  database: string,
  expected: Expected | undefined,
): Promise<Pick<ImportSummary, 'tables' | 'rows' | 'sequences' | 'check'>> {
  return await server.withSql(database, async (sql) => {
    await job.during('vacuum and analyze', async () => await sql.query('VACUUM (ANALYZE)'));
    return await job.during('count rows', async (report) => {
      const actual = await countPostgres(sql, () => true, report);
      const check = expected ? compareCounts(expected, actual) : 'rows and sequences were not compared';
      report(check);
      return { tables: actual.tables.size, sequences: actual.sequences.size, rows: sumRows(actual), check };
    });
  });
}
