// Applies the schema of an artifact to a fresh database: its changelog by Liquibase, then its SQL files, each once.
import type { ConnectOptions, SqlConnection } from '../../sql/connect.ts';
import type { CopyBuild } from '../build.ts';
import type { GateWork } from '../gate/gate.ts';
import { openRecords } from '../records.ts';
import { runLiquibase } from './liquibase.ts';
import { runSqlFilesOnce } from './run-statements.ts';

export interface SchemaOptions {
  readonly build: CopyBuild;
  readonly work: GateWork;
  readonly connection: SqlConnection;
  readonly options: ConnectOptions;
  /** Resource id of the copy's cluster. */
  readonly copyId: string;
}

export async function runSchema(schema: SchemaOptions): Promise<void> {
  const { build, work, connection, options, copyId } = schema;
  if (work.openLiquibase !== undefined) await runChangelog(schema, await work.openLiquibase());
  if (work.schemaSql === undefined) return;
  const records = await openRecords(connection, options.family, copyId);
  const { progress, signal } = build;
  await runSqlFilesOnce(connection, work.schemaSql, { progress, signal, records, step: 'schema' });
}

/** Liquibase keeps its own records; a run that ends everything that is applied already changes nothing. */
async function runChangelog(
  { build, connection, options }: SchemaOptions,
  liquibaseHome: string,
): Promise<void> {
  const { schema } = build.request.artifact.spec;
  await releaseLock(connection);
  await runLiquibase('update', {
    liquibaseHome,
    java: 'any',
    changelogPath: schema.liquibaseChangelogPath ?? '',
    contexts: schema.liquibaseContexts,
    labels: schema.liquibaseLabels,
    parameters: schema.liquibaseParameters,
    database: options,
    env: build.request.env ?? {},
    progress: build.progress,
    signal: build.signal,
  });
}

/** A run that was killed leaves Liquibase's lock behind; nobody else is let in, so nobody else can hold it. */
async function releaseLock(connection: SqlConnection): Promise<void> {
  const { rows } = await connection.query(
    "SELECT table_name AS name FROM information_schema.tables WHERE lower(table_name) = 'databasechangeloglock'",
  );
  const [name] = rows.map((row) => String(row['name']));
  if (name !== undefined) await connection.query(`DELETE FROM ${name}`);
}
