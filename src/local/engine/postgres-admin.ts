// The superuser's connection to one server, over its unix socket: made when it is needed, made again when it breaks,
// closed when nobody has asked for a while. The first connection to a server costs more than anything else at its start.
import { FactoryError } from '../../errors.ts';
import { connectDatabase, type SqlConnection } from '../../sql/connect.ts';
import { SqlError } from '../../sql/errors.ts';
import { ADMIN } from './postgres-access.ts';

export interface AdminConnection {
  query(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Queries of `work` are of one session, however long it takes in between. */
  inSession<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const CANNOT_CONNECT_NOW = '57P03';
/** An idle session is a process with some megabytes; a source that is cloned again and again keeps it. */
const IDLE_MS = 30_000;

export function openAdmin(socketDir: string, port: number, database = ADMIN): AdminConnection {
  let connecting: Promise<SqlConnection> | undefined;
  let users = 0;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (): Promise<SqlConnection> => {
    connecting ??= connectWhenUp(socketDir, port, database);
    const mine = connecting;
    return await mine.catch((error: unknown) => {
      if (connecting === mine) connecting = undefined;
      throw error;
    });
  };
  const disconnect = async (): Promise<void> => {
    const last = connecting;
    connecting = undefined;
    await (await last?.catch(() => undefined))?.close();
  };
  const use = async <T>(work: () => Promise<T>): Promise<T> => {
    clearTimeout(timer);
    users++;
    try {
      return await work();
    } finally {
      if (--users === 0) timer = setTimeout(() => void disconnect(), IDLE_MS).unref();
    }
  };
  return {
    query: async (text, params) =>
      await use(async () => {
        try {
          return (await (await connect()).query(text, params)).rows;
        } catch (error) {
          if (!isBroken(error)) throw error;
          await disconnect();
          return (await (await connect()).query(text, params)).rows;
        }
      }),
    inSession: use,
    async close() {
      clearTimeout(timer);
      await disconnect();
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
