// Loads a dump file of PostgreSQL into a new server: SQL text by psql, an archive by pg_restore.
import { join } from 'node:path';
import { runPiped } from '../../run.ts';
import type { Engine } from '../engine/engine.ts';
import { formatBytes } from './byte-counts.ts';
import type { PostgresClients } from './client-programs.ts';
import { type DumpFile, openText, throwDamaged } from './dump-file.ts';
import type { ImportJob } from './job.ts';
import { rewriteLines } from './lines.ts';
import type { LoadingServer } from './loading.ts';
import { makeLoadingEnv, restoreDump } from './postgres-restore.ts';
import { makePostgresFilter, type PostgresText } from './postgres-text.ts';
import { describeEnd } from './program-end.ts';
import type { Staging } from './staging.ts';
import { matchesAny } from './table-patterns.ts';
import type { Expected } from './verify.ts';

export interface FileSource {
  readonly job: ImportJob;
  readonly staging: Staging;
  readonly engine: Engine;
  readonly clients: PostgresClients;
  readonly file: DumpFile;
  readonly text: PostgresText;
  /** Of an archive. */
  readonly contents: readonly string[];
  readonly database: string;
}

export async function loadFile(
  from: FileSource,
  server: LoadingServer,
  report: (detail: string) => void,
): Promise<void> {
  if (from.file.form === 'text') await loadText(from, server, report);
  else await loadArchive(from, server, report);
}

async function loadText(
  { job, clients, file, database }: FileSource,
  server: LoadingServer,
  report: (detail: string) => void,
): Promise<void> {
  const { isSchemaOnly, skippedExtensions } = job.request;
  let bytes = 0;
  const filter = makePostgresFilter({
    isSchemaOnly,
    skippedExtensions,
    isEmptied: (table) => isEmptied(job, table),
  });
  const input = openText(file, rewriteLines(filter), (more) => {
    bytes += more;
    report(`${formatBytes(bytes)} of ${formatBytes(file.sizeBytes)}`);
  });
  const args = ['--no-psqlrc', '--no-password', '--quiet', '--set=ON_ERROR_STOP=1', '--output=/dev/null'];
  const result = await runPiped(join(clients.folder, 'psql'), args, {
    env: makeLoadingEnv(server, database),
    signal: job.signal,
    input,
  });
  if (input.errored) throwDamaged(input.errored);
  if (result.status !== 0) throw describeEnd('psql', result.stderr);
}

async function loadArchive(
  from: FileSource,
  server: LoadingServer,
  report: (detail: string) => void,
): Promise<void> {
  const { job, clients, file, staging, database } = from;
  const skipped = job.request.skippedExtensions;
  const contents = from.contents.filter((line) => {
    const [, schema, name] = / TABLE DATA (\S+) (\S+) /.exec(line) ?? [];
    if (schema !== undefined && name !== undefined) return !isEmptied(job, `${schema}.${name}`);
    return !skipped.some((extension) => new RegExp(` (COMMENT - )?EXTENSION (- )?${extension} `).test(line));
  });
  const pgRestore = join(clients.folder, 'pg_restore');
  const isParallel = file.form !== 'tar';
  await restoreDump(
    job,
    server,
    { pgRestore, dump: file.path, contents, staging, database, isParallel },
    report,
  );
}

/** A text of COPY statements says how many rows it has. */
export function findExpected({ job, file, text }: FileSource): Expected | undefined {
  const { isSchemaOnly, isVerified } = job.request;
  if (file.form !== 'text' || isSchemaOnly || !isVerified || text.hasInserts) return undefined;
  const tables = new Map([...text.counts.tables].filter(([name]) => !isEmptied(job, name)));
  const before = { ...text.counts, tables };
  return { before, sequencesAfter: before.sequences, isExact: true };
}

function isEmptied(job: ImportJob, table: string): boolean {
  const [schema = '', name = ''] = table.replaceAll('"', '').split('.', 2);
  return matchesAny(job.request.emptyTables, { schema, name });
}
