// The superuser's connection to one server, over its unix socket; kept open, made again when it breaks.
import { FactoryError } from '../../errors.ts';
import { connectDatabase, type SqlConnection } from '../../sql/connect.ts';
import { SqlError } from '../../sql/errors.ts';
import { ADMIN } from './postgres-access.ts';

export interface AdminConnection {
  query(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const CANNOT_CONNECT_NOW = '57P03';

export async function openAdmin(socketDir: string, port: number, database = ADMIN): Promise<AdminConnection> {
  const connect = async () => await connectWhenUp(socketDir, port, database);
  let connection = await connect();
  return {
    async query(text, params) {
      try {
        return (await connection.query(text, params)).rows;
      } catch (error) {
        if (!isBroken(error)) throw error;
        await connection.close();
        connection = await connect();
        return (await connection.query(text, params)).rows;
      }
    },
    async close() {
      await connection.close();
    },
  };
}

/** A server whose session crashed recovers by itself and refuses connections until it has. */
async function connectWhenUp(host: string, port: number, database: string): Promise<SqlConnection> {
  const deadline = Date.now() + CONNECT_TIMEOUT_MS;
  for (;;) {
    try {
      return await connectDatabase({
        family: 'postgres',
        host,
        port,
        user: ADMIN,
        password: '',
        database,
        tls: 'off',
        timeoutMs: CONNECT_TIMEOUT_MS,
      });
    } catch (error) {
      if (getSqlState(error) !== CANNOT_CONNECT_NOW || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** The session is gone: cut, ended by the server (class 57), or never answered. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof FactoryError)) return false;
  return error.code === 'NETWORK_FAILED' || /^57P/.test(getSqlState(error));
}

/** Empty when the server did not answer. */
export function getSqlState(error: unknown): string {
  const cause = error instanceof FactoryError ? error.cause : undefined;
  return cause instanceof SqlError ? cause.sqlState : '';
}
