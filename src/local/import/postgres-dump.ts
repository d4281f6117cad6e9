// Reads a PostgreSQL source by pg_dump, in parallel and in one snapshot, and counts its rows in the same snapshot.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runPiped } from '../../run.ts';
import type { ConnectOptions, SqlConnection } from '../../sql/connect.ts';
import { formatBytes } from './byte-counts.ts';
import type { PostgresClients } from './client-programs.ts';
import type { ImportJob } from './job.ts';
import { countPostgres } from './postgres-counts.ts';

import type { PostgresSelection } from './postgres-selection.ts';
import { describeEnd } from './program-end.ts';
import { whileSession } from './sessions.ts';
import type { Staging } from './staging.ts';
import type { Expected } from './verify.ts';

export interface Dump {
  readonly clients: PostgresClients;
  readonly staging: Staging;
  readonly options: ConnectOptions;
  /** libpq's variables, with a password file. */
  readonly env: Record<string, string>;
  readonly selection: PostgresSelection;
}

const LOOK_INTERVAL_MS = 500;

/** Undefined: nothing was counted. */
export async function dumpPostgres(
  job: ImportJob,
  dump: Dump,
  report: (detail: string) => void,
): Promise<Expected | undefined> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, job.signal]);
  return await whileSession(dump.options, signal, async (sql) => {
    await sql.query('SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0');
    await sql.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await sql.query('SELECT pg_export_snapshot() AS id');
    const dumping = runDump(job, dump, { snapshot: String(rows[0]?.['id']), signal }, report);
    try {
      const [expected] = await Promise.all([countExpected(job, dump, sql, dumping), dumping]);
      return expected;
    } catch (error) {
      stop.abort();
      await dumping.catch(() => {});
      throw error;
    }
  });
}

/** Beside the dump, in the same snapshot. Sequences know no snapshots, so they are read before and after. */
async function countExpected(
  job: ImportJob,
  { selection }: Dump,
  sql: SqlConnection,
  dumping: Promise<void>,
): Promise<Expected | undefined> {
  const { isVerified, isSchemaOnly } = job.request;
  if (!isVerified || isSchemaOnly) return undefined;
  const isWanted = (name: string) => !selection.excluded.includes(name) && !selection.emptied.includes(name);
  const before = await countPostgres(sql, isWanted, () => {});
  await dumping;
  const after = await countPostgres(
    sql,
    (name) => before.sequences.has(name),
    () => {},
  );
  return { before, sequencesAfter: after.sequences, isExact: true };
}

async function runDump(
  job: ImportJob,
  { clients, staging, env, selection }: Dump,
  { snapshot, signal }: { readonly snapshot: string; readonly signal: AbortSignal },
  report: (detail: string) => void,
): Promise<void> {
  const folder = getDumpFolder(staging);
  const args = [
    ...['--format=directory', `--file=${folder}`, `--jobs=${job.request.jobs}`, '--compress=0'],
    ...[`--snapshot=${snapshot}`, '--no-publications', '--no-subscriptions', '--verbose', '--no-password'],
    ...(job.request.isSchemaOnly ? ['--schema-only'] : []),
    ...selection.excluded.map((name) => `--exclude-table=${name}`),
    ...selection.emptied.map((name) => `--exclude-table-data=${name}`),
  ];
  let tables = 0;
  const timer = setInterval(async () => {
    report(`${tables} tables, ${formatBytes(await measureFolder(folder))}`);
  }, LOOK_INTERVAL_MS);
  try {
    const result = await runPiped(join(clients.folder, 'pg_dump'), args, {
      env,
      signal,
      onLine(line) {
        if (/dumping contents of table/.test(line)) tables++;
      },
    });
    if (result.status !== 0) throw describeEnd('pg_dump', result.stderr);
    report(`${tables} tables, ${formatBytes(await measureFolder(folder))}`);
  } finally {
    clearInterval(timer);
  }
}

export function getDumpFolder(staging: Staging): string {
  return join(staging.folder, 'dump');
}

async function measureFolder(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
