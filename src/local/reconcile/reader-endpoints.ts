// The reader endpoint of a cluster: listens on the cluster's port at an address of its own and hands each connection
// to one reader after another, or to the writer where there is none. Knows ports, not databases.
import { createServer, type Server, type Socket } from 'node:net';
import { getMessage } from '../../errors.ts';
import { joinSockets } from './join-sockets.ts';

/** All of 127.0.0.0/8 is this machine on Linux; elsewhere only 127.0.0.1 is, and that is the writer's. */
export function findReaderAddress(platform: NodeJS.Platform): string | undefined {
  return platform === 'linux' ? '127.0.0.2' : undefined;
}

export interface ReaderEndpoint {
  readonly port: number;
  /** On 127.0.0.1. */
  readonly targets: readonly number[];
}

export interface ReaderEndpoints {
  /** Where they listen; undefined where there is no address for them. */
  readonly address: string | undefined;
  /** Undefined closes it. False when it cannot listen. */
  set(key: string, wanted: ReaderEndpoint | undefined): Promise<boolean>;
  close(): Promise<void>;
}

interface OpenEndpoint {
  readonly server: Server;
  readonly port: number;
  readonly sockets: Set<Socket>;
  targets: readonly number[];
}

export function makeReaderEndpoints(
  log: (line: string) => void,
  address: string | undefined,
): ReaderEndpoints {
  const endpoints = new Map<string, OpenEndpoint>();
  const set = async (key: string, wanted: ReaderEndpoint | undefined): Promise<boolean> => {
    const open = endpoints.get(key);
    if (open && open.port === wanted?.port) {
      open.targets = wanted.targets;
      return true;
    }
    endpoints.delete(key);
    if (open) await closeEndpoint(open);
    if (!wanted || address === undefined) return false;
    try {
      endpoints.set(key, await openEndpoint(address, wanted));
      return true;
    } catch (error) {
      log(`reader endpoint ${address}:${wanted.port}: ${getMessage(error)}`);
      return false;
    }
  };
  return {
    address,
    set,
    async close() {
      await Promise.all([...endpoints.keys()].map((key) => set(key, undefined)));
    },
  };
}

async function openEndpoint(address: string, { port, targets }: ReaderEndpoint): Promise<OpenEndpoint> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = endpoint.targets[turn++ % endpoint.targets.length];
    if (target === undefined) client.destroy();
    else joinSockets(client, target, sockets);
  });
  const endpoint: OpenEndpoint = { server, port, sockets, targets };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true }, resolve);
  });
  server.unref();
  return endpoint;
}

async function closeEndpoint({ server, sockets }: OpenEndpoint): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
