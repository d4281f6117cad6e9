// Runs a schema on a throw-away database at build, by the code that converges, so that a broken schema fails its
// publisher and not the consumer.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CompiledSql } from '../artifact/compiled-sql.ts';
import type { SchemaSpec } from '../artifact/spec.ts';
import { runLiquibase } from '../converge/schema/liquibase.ts';
import { runSqlFiles } from '../converge/schema/run-statements.ts';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { type ConnectOptions, connectDatabase } from '../sql/connect.ts';
import type { LiquibaseFile } from './liquibase/files.ts';

/** A database of the source's engine that nobody needs afterwards. */
export interface ThrowAwayDatabase extends AsyncDisposable {
  readonly options: ConnectOptions;
}

export interface RehearseOptions {
  readonly schema: SchemaSpec;
  /** Jars and changelog files, where there is a changelog. */
  readonly liquibaseFiles: readonly LiquibaseFile[];
  readonly schemaSql?: CompiledSql | undefined;
  readonly afterSql?: CompiledSql | undefined;
  /** Undefined where there is no server of the engine on this machine. */
  readonly startThrowAwayDatabase: () => Promise<ThrowAwayDatabase | undefined>;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface Rehearsal {
  readonly isRehearsed: boolean;
  /** Why not, or why not all of it. */
  readonly reason?: string | undefined;
}

/** Throws BAD_CONFIGURATION with file, line, change set and SQL when the schema does not run. */
export async function rehearse(options: RehearseOptions): Promise<Rehearsal> {
  await using database = await options.startThrowAwayDatabase();
  if (database === undefined) {
    const reason = 'no server of this engine on this machine';
    options.progress({ type: 'warning', message: `the schema could not be rehearsed: ${reason}` });
    return { isRehearsed: false, reason };
  }
  try {
    await runChangelog(database.options, options);
    await runSql(database.options, options);
  } catch (error) {
    throw asConfigurationProblem(error);
  }
  return { isRehearsed: true };
}

async function runChangelog(database: ConnectOptions, options: RehearseOptions): Promise<void> {
  const { schema, env, progress, signal } = options;
  if (schema.liquibaseChangelogPath === undefined) return;
  const liquibaseHome = await mkdtemp(join(env['TMPDIR'] ?? tmpdir(), 'db-artifact-rehearsal-'));
  try {
    for (const { source, path } of options.liquibaseFiles) {
      await mkdir(dirname(join(liquibaseHome, path)), { recursive: true });
      await cp(source, join(liquibaseHome, path));
    }
    // An update validates the whole changelog before it begins.
    await runLiquibase('update', {
      liquibaseHome,
      java: 'machine',
      changelogPath: schema.liquibaseChangelogPath,
      contexts: schema.liquibaseContexts,
      labels: schema.liquibaseLabels,
      parameters: schema.liquibaseParameters,
      database,
      env,
      progress,
      signal,
    });
  } finally {
    await rm(liquibaseHome, { recursive: true, force: true });
  }
}

/** After steps make roles, which live in the whole server: on a throw-away server that does no harm. */
async function runSql(
  database: ConnectOptions,
  { schemaSql, afterSql, progress, signal }: RehearseOptions,
): Promise<void> {
  const compiled = [schemaSql, afterSql].filter((sql) => sql !== undefined);
  if (compiled.length === 0) return;
  const connection = await connectDatabase(database);
  try {
    for (const sql of compiled) await runSqlFiles(connection, sql, { progress, signal });
  } finally {
    await connection.close();
  }
}

/** What the database says of the publisher's own files is a mistake in them. */
function asConfigurationProblem(error: unknown): unknown {
  if (!(error instanceof FactoryError) || error.code !== 'DATABASE_FAILED') return error;
  return new FactoryError('BAD_CONFIGURATION', `the rehearsal of the schema failed: ${error.message}`, {
    hint: error.hint,
    cause: error,
  });
}
