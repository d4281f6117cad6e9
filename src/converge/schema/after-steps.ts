// Runs the after steps of an artifact (roles, grants, extensions) once in the life of a copy.
import type { CompiledSql } from '../../artifact/compiled-sql.ts';
import type { Progress } from '../../progress.ts';
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';
import { openRecords } from '../records.ts';
import { runSqlFilesOnce } from './run-statements.ts';

export interface AfterStepsOptions {
  readonly family: SqlFamily;
  /** Resource id of the copy's cluster. */
  readonly copyId: string;
  readonly sql: CompiledSql;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export async function runAfterSteps(connection: SqlConnection, options: AfterStepsOptions): Promise<void> {
  const { family, copyId, sql, progress, signal } = options;
  const records = await openRecords(connection, family, copyId);
  await runSqlFilesOnce(connection, sql, { progress, signal, records, step: 'after' });
}
