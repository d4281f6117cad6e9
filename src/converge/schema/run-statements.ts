// Sends compiled SQL files, one statement at a time, so that an error names file, line and statement.
import type { CompiledSql, SqlFile, SqlStatement } from '../../artifact/compiled-sql.ts';
import { FactoryError, getMessage } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import { isDoneAlready } from '../../sql/errors.ts';
import type { CopyRecords } from '../records.ts';

export interface RunStatementsOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Runs every statement. What ran before a failure stays, as with any SQL client. */
export async function runSqlFiles(
  connection: SqlConnection,
  compiled: CompiledSql,
  { progress, signal }: RunStatementsOptions,
): Promise<void> {
  for (const file of compiled.files) {
    progress({ type: 'phase', phase: `SQL file ${file.path}`, state: 'started' });
    for (const statement of file.statements) {
      signal?.throwIfAborted();
      await runStatement(connection, file, statement);
    }
    progress({ type: 'phase', phase: `SQL file ${file.path}`, state: 'done', detail: countStatements(file) });
  }
}

export interface RunRecordedOptions extends RunStatementsOptions {
  readonly records: CopyRecords;
  /** Name of the step in the records. */
  readonly step: string;
}

/**
 * Like runSqlFiles, but each statement runs once in the life of a copy. With PostgreSQL a statement and its record are
 * one transaction; a file's own transaction is recorded when it has ended, and repeated as a whole when it has not.
 * MySQL commits DDL by itself, so there what is about to run is recorded as well: when it runs again after a kill, it
 * may find that it was done.
 */
export async function runSqlFilesOnce(
  connection: SqlConnection,
  compiled: CompiledSql,
  { progress, signal, records, step }: RunRecordedOptions,
): Promise<void> {
  const done = await records.list(connection, step);
  for (const file of compiled.files) {
    progress({ type: 'phase', phase: `SQL file ${file.path}`, state: 'started' });
    let open: string[] = []; // items of a transaction of the file's own
    for (const [index, statement] of file.statements.entries()) {
      signal?.throwIfAborted();
      const item = `${file.path}:${statement.line}:${index}`;
      if (done.has(item)) continue;
      const record = (items: readonly string[]) => addRecords(connection, records, step, items);
      if (statement.kind === 'begin' || open.length > 0) {
        open.push(item);
        if (statement.kind === 'end') await record(open);
        await runStatement(connection, file, statement);
        if (statement.kind === 'end') open = [];
      } else if (statement.kind === 'plain') {
        const once = { records, step, item, wasBegun: done.has(nameBegun(item)) };
        await runRecorded(connection, file, statement, once);
      } else {
        await runStatement(connection, file, statement);
        await record([item]);
      }
    }
    progress({ type: 'phase', phase: `SQL file ${file.path}`, state: 'done', detail: countStatements(file) });
  }
}

interface Once {
  readonly records: CopyRecords;
  readonly step: string;
  readonly item: string;
  /** By a run that was killed. */
  readonly wasBegun: boolean;
}

async function runRecorded(
  connection: SqlConnection,
  file: SqlFile,
  statement: SqlStatement,
  { records, step, item, wasBegun }: Once,
): Promise<void> {
  const record = async () => await records.add(connection, step, item, '');
  if (!records.isAtomicWithDdl && !wasBegun) await records.add(connection, step, nameBegun(item), '');
  try {
    await runInTransaction(connection, file, statement, record);
  } catch (error) {
    if (!wasBegun || !isDoneAlready(error)) throw error;
    await record();
  }
}

function nameBegun(item: string): string {
  return `begun ${item}`;
}

async function addRecords(
  connection: SqlConnection,
  records: CopyRecords,
  step: string,
  items: readonly string[],
): Promise<void> {
  for (const item of items) await records.add(connection, step, item, '');
}

async function runInTransaction(
  connection: SqlConnection,
  file: SqlFile,
  statement: SqlStatement,
  record: () => Promise<void>,
): Promise<void> {
  await connection.query('BEGIN');
  try {
    await runStatement(connection, file, statement);
    await record();
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {}); // the connection may be what failed
    throw error;
  }
}

async function runStatement(
  connection: SqlConnection,
  file: SqlFile,
  statement: SqlStatement,
): Promise<void> {
  try {
    await connection.query(statement.text);
  } catch (error) {
    throw describeFailure(file, statement, error);
  }
}

function describeFailure(file: SqlFile, statement: SqlStatement, error: unknown): FactoryError {
  const code = error instanceof FactoryError ? error.code : 'DATABASE_FAILED';
  return new FactoryError(code, `${file.path}:${statement.line}: ${getMessage(error)}`, {
    hint: `The statement was: ${formatStatement(statement.text)}`,
    cause: error instanceof FactoryError ? (error.cause ?? error) : error,
  });
}

/** A statement can be a whole procedure; its beginning is enough to find it. */
export function formatStatement(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 200 ? line : `${line.slice(0, 197)}...`;
}

function countStatements({ statements }: SqlFile): string {
  return statements.length === 1 ? '1 statement' : `${statements.length} statements`;
}
