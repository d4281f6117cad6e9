// What every database of the run holds: rows whose sum is written down in the same transaction that changes them.
import { connectDatabase, type SqlConnection, type SqlFamily } from '../../src/sql/connect.ts';

export interface Login {
  readonly family: SqlFamily;
  readonly port: number;
  readonly password: string;
}

/** One committed state: no two versions of any database have the same sum. */
export interface State {
  readonly version: number;
  readonly sum: number;
}

export const USER = 'soak';
export const DATABASE = 'soak';
const ROWS = 4000;
const ROWS_PER_INSERT = 500;
const CONNECT_TIMEOUT_MS = 5000;

export async function openDatabase(login: Login): Promise<SqlConnection> {
  return await connectDatabase({
    ...{ family: login.family, host: '127.0.0.1', port: login.port, tls: 'off' },
    ...{ user: USER, password: login.password, database: DATABASE, timeoutMs: CONNECT_TIMEOUT_MS },
  });
}

export async function fillDatabase(login: Login): Promise<State> {
  return await withDatabase(login, async (connection) => {
    await connection.query(
      'CREATE TABLE items (id int PRIMARY KEY, value bigint NOT NULL, filler varchar(200) NOT NULL)',
    );
    await connection.query('CREATE TABLE stamp (version int NOT NULL, checksum bigint NOT NULL)');
    for (let first = 0; first < ROWS; first += ROWS_PER_INSERT) {
      const rows = Array.from(
        { length: ROWS_PER_INSERT },
        (_, at) => `(${first + at}, 0, '${'x'.repeat(200)}')`,
      );
      await connection.query(`INSERT INTO items VALUES ${rows.join(', ')}`);
    }
    await connection.query('INSERT INTO stamp VALUES (0, 0)');
    return { version: 0, sum: 0 };
  });
}

export interface Change {
  readonly firstId: number;
  readonly rows: number;
  readonly delta: number;
}

/** Small ones mostly, sometimes one that rewrites the whole table. */
export function planChange(random: () => number): Change {
  const rows = random() < 0.1 ? ROWS : 1 + Math.floor(random() * 20);
  const firstId = Math.floor(random() * (ROWS - rows + 1));
  return { firstId, rows, delta: 1 + Math.floor(random() * 1_000_000) };
}

export function applyChange(state: State, { rows, delta }: Change): State {
  return { version: state.version + 1, sum: state.sum + rows * delta };
}

/** Committed when it resolves; when it throws, nobody knows. */
export async function writeChange(login: Login, change: Change, next: State): Promise<void> {
  const { firstId, rows, delta } = change;
  await withDatabase(login, async (connection) => {
    await connection.query('BEGIN');
    await connection.query(
      `UPDATE items SET value = value + ${delta} WHERE id BETWEEN ${firstId} AND ${firstId + rows - 1}`,
    );
    await connection.query(`UPDATE stamp SET version = ${next.version}, checksum = ${next.sum}`);
    await connection.query('COMMIT');
  });
}

/** What is written down, or a sentence when the rows say something else. */
export async function readState(login: Login): Promise<State | string> {
  return await withDatabase(login, async (connection) => {
    const { rows } = await connection.query(
      `SELECT version, checksum, (SELECT SUM(value) FROM items) AS total, (SELECT COUNT(*) FROM items) AS lines_found
       FROM stamp`,
    );
    const [found] = rows;
    const [version, sum] = [Number(found?.['version']), Number(found?.['checksum'])];
    const [total, lines] = [Number(found?.['total']), Number(found?.['lines_found'])];
    if (rows.length === 1 && total === sum && lines === ROWS) return { version, sum };
    return `${rows.length} stamps, version ${version} says ${sum}, ${lines} rows sum up to ${total}`;
  });
}

export async function withDatabase<T>(
  login: Login,
  work: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  const connection = await openDatabase(login);
  try {
    return await work(connection);
  } finally {
    await connection.close().catch(() => {});
  }
}
