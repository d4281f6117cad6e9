// Tries to log in to a cluster all the time, from the moment that it has a port: as whoever should be refused.
import { Socket } from 'node:net';
import pg from 'pg';

export interface Intruder {
  readonly user: string;
  readonly password: string;
  /** Where it comes from, such as 127.0.0.2. */
  readonly from: string;
}

export interface Break {
  readonly intruder: Intruder;
  readonly atMs: number;
  /** What it read. */
  readonly value: unknown;
}

export interface Prober {
  readonly breaks: readonly Break[];
  /** Tries that were refused or found nothing. */
  readonly refused: () => number;
  stop(): Promise<void>;
}

/** `findPort` gives undefined while there is no such cluster. `query` is what an intruder reads: one value. */
export function startProber(
  findPort: () => Promise<number | undefined>,
  database: string,
  intruders: readonly Intruder[],
  query: string,
): Prober {
  const breaks: Break[] = [];
  let refused = 0;
  let isStopped = false;
  const probe = async (intruder: Intruder): Promise<void> => {
    while (!isStopped) {
      const port = await findPort().catch(() => undefined);
      if (port === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      try {
        breaks.push({ intruder, value: await read(intruder, port, database, query), atMs: Date.now() });
      } catch {
        refused++;
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const running = Promise.all(intruders.map(probe));
  return {
    breaks,
    refused: () => refused,
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

async function read(
  { user, password, from }: Intruder,
  port: number,
  database: string,
  query: string,
): Promise<unknown> {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user, password, database, connectionTimeoutMillis: 2000 },
    stream: () => makeSocket(from),
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query({ text: query, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end().catch(() => {});
  }
}

function makeSocket(localAddress: string): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  const connectFrom = (port: number, host: string) => connect({ port, host, localAddress });
  return Object.assign(socket, { connect: connectFrom });
}
