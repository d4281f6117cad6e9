// A session at the source that does not outlive its purpose: what it runs there is ended by force when it is given up.
import { type ConnectOptions, connectDatabase, type SqlConnection } from '../../sql/connect.ts';

const QUERIES = {
  postgres: {
    id: 'SELECT pg_backend_pid() AS id',
    kill: (id: number) => `SELECT pg_terminate_backend(${id})`,
  },
  mysql: { id: 'SELECT CONNECTION_ID() AS id', kill: (id: number) => `KILL ${id}` },
} as const;

/** Closing alone would let a long query run on. */
export async function whileSession<T>(
  options: ConnectOptions,
  signal: AbortSignal,
  work: (sql: SqlConnection) => Promise<T>,
): Promise<T> {
  const sql = await connectDatabase(options);
  const { id: readId, kill } = QUERIES[options.family];
  const { rows } = await sql.query(readId);
  const killIt = () => void endSession(options, kill(Number(rows[0]?.['id'])));
  signal.addEventListener('abort', killIt, { once: true });
  try {
    if (signal.aborted) killIt();
    return await work(sql);
  } finally {
    signal.removeEventListener('abort', killIt);
    await sql.close();
  }
}

/** A source that is gone has ended it already. */
async function endSession(options: ConnectOptions, statement: string): Promise<void> {
  const sql = await connectDatabase(options).catch(() => undefined);
  await sql?.query(statement).catch(() => {});
  await sql?.close();
}
