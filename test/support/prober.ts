// Tries to log in to a cluster all the time, from the moment that it has a port: as whoever should be refused. Who gets
// in stays, and reads again and again until the session is ended.
import { createConnection as connectSocket, Socket } from 'node:net';
import mysql from 'mysql2/promise';
import pg from 'pg';

export interface Intruder {
  readonly user: string;
  readonly password: string;
  /** Where it comes from, such as 127.0.0.2. */
  readonly from: string;
}

export interface Break {
  readonly intruder: Intruder;
  /** When it began to read. */
  readonly sinceMs: number;
  /** What it read. */
  readonly value: unknown;
}

export interface Prober {
  readonly breaks: readonly Break[];
  /** Tries that were refused or found nothing. */
  readonly refused: () => number;
  stop(): Promise<void>;
}

export interface ProbedDatabase {
  readonly family: 'postgres' | 'mysql';
  readonly database: string;
  /** What an intruder reads: one value. */
  readonly query: string;
}

/** `findPort` gives undefined while there is no such cluster. */
export function startProber(
  findPort: () => Promise<number | undefined>,
  database: ProbedDatabase,
  intruders: readonly Intruder[],
): Prober {
  const breaks: Break[] = [];
  const openSession = database.family === 'postgres' ? openPostgres : openMysql;
  let refused = 0;
  let isStopped = false;
  let port: number | undefined;
  /** Once for all intruders: asking costs more than knocking. */
  const look = async (): Promise<void> => {
    while (!isStopped) {
      port = await findPort().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const probe = async (intruder: Intruder): Promise<void> => {
    while (!isStopped) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      if (port === undefined) continue;
      const session = await openSession(intruder, port, database.database).catch(() => undefined);
      if (session === undefined) refused++;
      else await stay(intruder, session);
    }
  };
  const stay = async (intruder: Intruder, session: Session): Promise<void> => {
    try {
      while (!isStopped) {
        const sinceMs = Date.now();
        breaks.push({ intruder, value: Number(await session.read(database.query)), sinceMs });
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    } catch {
      refused++;
    } finally {
      await session.close();
    }
  };
  const running = Promise.all([look(), ...intruders.map(probe)]);
  return {
    breaks,
    refused: () => refused,
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

interface Session {
  read(query: string): Promise<unknown>;
  close(): Promise<void>;
}

async function openPostgres(
  { user, password, from }: Intruder,
  port: number,
  database: string,
): Promise<Session> {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user, password, database, connectionTimeoutMillis: 2000 },
    stream: () => makeSocket(from),
  });
  client.on('error', () => {});
  const close = async () => await client.end().catch(() => {});
  try {
    await client.connect();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    read: async (query) => (await client.query({ text: query, rowMode: 'array' })).rows[0]?.[0],
    close,
  };
}

async function openMysql(
  { user, password, from }: Intruder,
  port: number,
  database: string,
): Promise<Session> {
  const stream = connectSocket({ host: '127.0.0.1', port, localAddress: from });
  stream.on('error', () => {});
  const options = { user, password, database, stream, connectTimeout: 2000 };
  const connection = await mysql.createConnection(options).catch((error: unknown) => {
    stream.destroy();
    throw error;
  });
  connection.on('error', () => {});
  return {
    async read(query) {
      const [rows] = await connection.query({ sql: query, rowsAsArray: true });
      return (rows as unknown[][])[0]?.[0];
    },
    async close() {
      connection.destroy();
    },
  };
}

function makeSocket(localAddress: string): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  const connectFrom = (port: number, host: string) => connect({ port, host, localAddress });
  return Object.assign(socket, { connect: connectFrom });
}
