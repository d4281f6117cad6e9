// Turns what `pg`, `mysql2` and sockets throw into FactoryErrors, without the password and without statements.
import { FactoryError, getMessage } from '../errors.ts';
import type { ConnectOptions } from './connection.ts';

/** The server's own answer, as the cause of a DATABASE_FAILED. */
export class SqlError extends Error {
  /** Five characters; empty where the client gave none. */
  readonly sqlState: string;
  /** MySQL's error number; 0 with PostgreSQL. */
  readonly number: number;

  constructor(message: string, sqlState: string, number: number) {
    super(message);
    this.name = 'SqlError';
    this.sqlState = sqlState;
    this.number = number;
  }
}

const WRONG_PASSWORD = '28P01'; // https://www.postgresql.org/docs/current/errcodes-appendix.html
const ACCESS_DENIED = 1045; // https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html

/** The server knows user and password and says no; other refusals, such as access rules, do not count. */
export function isLoginRefused(error: unknown): boolean {
  const cause = error instanceof FactoryError ? error.cause : undefined;
  return cause instanceof SqlError && (cause.sqlState === WRONG_PASSWORD || cause.number === ACCESS_DENIED);
}

/**
 * MySQL's words for what is there already, or gone: databases, tables, columns, keys, routines, triggers, users, partitions,
 * events, constraints. https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
 */
const DONE_ALREADY: readonly number[] = [
  ...[1007, 1008, 1050, 1051, 1060, 1061, 1068, 1091, 1125, 1304, 1305, 1359, 1360, 1396, 1517, 1537, 1539],
  ...[1826, 3822],
];

/** What the statement would have done has been done. */
export function isDoneAlready(error: unknown): boolean {
  const cause = error instanceof FactoryError ? error.cause : undefined;
  return cause instanceof SqlError && DONE_ALREADY.includes(cause.number);
}

export function describeSqlError(thrown: unknown, options: ConnectOptions): FactoryError {
  if (thrown instanceof FactoryError) return thrown;
  const where = `${options.host}:${options.port}`;
  const { code, errno, sqlState } = thrown as { code?: string; errno?: number; sqlState?: string };
  const message = hidePassword(getMessage(thrown) || String(code), options.password);
  if (isServerAnswer(code, sqlState)) {
    const cause = new SqlError(message, sqlState ?? code ?? '', sqlState === undefined ? 0 : (errno ?? 0));
    return new FactoryError('DATABASE_FAILED', `the database at ${where} said: ${message}`, { cause });
  }
  return new FactoryError('NETWORK_FAILED', `cannot talk to the database at ${where}: ${message}`, {
    cause: new Error(message),
  });
}

/** PostgreSQL's code is the SQLSTATE itself; mysql2 gives `sqlState` for whatever the server sent. */
function isServerAnswer(code: string | undefined, sqlState: string | undefined): boolean {
  return Boolean(sqlState) || /^[0-9A-Z]{5}$/.test(code ?? '');
}

function hidePassword(text: string, password: string): string {
  return password === '' ? text : text.replaceAll(password, '***');
}
