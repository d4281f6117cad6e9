// The superuser's connection to one server, over its unix socket; kept open, made again when it breaks.
import { FactoryError } from '../../errors.ts';
import { connectDatabase, type SqlConnection } from '../../sql/connect.ts';
import { SqlError } from '../../sql/errors.ts';
import { findOurselves } from './engine-user.ts';

export interface MariadbAdmin {
  query(text: string): Promise<Record<string, unknown>[]>;
  /** A connection of its own, for statements that belong to a session. */
  connect(): Promise<SqlConnection>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** https://mariadb.com/kb/en/mariadb-error-code-reference/: killed; given too long; shutting down. */
const BROKEN_ERRORS: readonly number[] = [1927, 4031, 1053];

export async function openMariadbAdmin(socketPath: string): Promise<MariadbAdmin> {
  const connect = async () => await connectAsSuperuser(socketPath);
  let connection = await connect();
  return {
    async query(text) {
      try {
        return (await connection.query(text)).rows;
      } catch (error) {
        if (!isBroken(error)) throw error;
        await connection.close();
        connection = await connect();
        return (await connection.query(text)).rows;
      }
    },
    connect,
    async close() {
      await connection.close();
    },
  };
}

/** The server ends idle sessions after eight hours by default. */
async function connectAsSuperuser(socketPath: string): Promise<SqlConnection> {
  const connection = await connectDatabase({
    family: 'mysql',
    host: socketPath,
    port: 0,
    user: findOurselves().name,
    password: '',
    database: '',
    tls: 'off',
    timeoutMs: CONNECT_TIMEOUT_MS,
  });
  await connection.query('SET SESSION wait_timeout = 31536000');
  return connection;
}

function isBroken(error: unknown): boolean {
  if (!(error instanceof FactoryError)) return false;
  if (error.code === 'NETWORK_FAILED') return true;
  return error.cause instanceof SqlError && BROKEN_ERRORS.includes(error.cause.number);
}
