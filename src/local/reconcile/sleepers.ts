// Holds the ports of servers that sleep. Whoever connects wakes the server and waits until it is up, none the wiser;
// connections that are made later go to the server itself. Knows ports, not databases.
import { createServer, type Server, type Socket } from 'node:net';
import { joinSockets } from './join-sockets.ts';

export interface Sleepers {
  /** Its port is held, and nobody has knocked. */
  isAsleep(key: string): boolean;
  /** Listens; `wake` is called once, a moment after the first connection, since clients come in swarms. */
  hold(key: string, port: number, wake: () => void): Promise<void>;
  /** Lets go of the port. Who has knocked goes on waiting. */
  release(key: string): Promise<void>;
  /** Hands those who wait to the server that is up now. */
  admit(key: string, port: number): void;
  /** Lets go of the port and of those who wait. */
  dismiss(key: string): Promise<void>;
  close(): Promise<void>;
}

interface Sleeper {
  readonly listener: Server;
  readonly guests: Set<Socket>;
  hasKnocked: boolean;
}

const SWARM_MS = 10;

export function makeSleepers(): Sleepers {
  const sleepers = new Map<string, Sleeper>();
  /** Handed on: they end with either side, or with us. */
  const joined = new Set<Socket>();
  const release = async (key: string): Promise<void> => {
    const listener = sleepers.get(key)?.listener;
    if (listener?.listening) await endListening(listener);
  };
  const dismiss = async (key: string): Promise<void> => {
    const sleeper = sleepers.get(key);
    sleepers.delete(key);
    if (!sleeper) return;
    if (sleeper.listener.listening) await endListening(sleeper.listener);
    for (const guest of sleeper.guests) guest.destroy();
  };
  return {
    isAsleep(key) {
      const sleeper = sleepers.get(key);
      return sleeper !== undefined && !sleeper.hasKnocked;
    },
    async hold(key, port, wake) {
      await dismiss(key);
      const guests = new Set<Socket>();
      const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (guest) => {
        guests.add(guest);
        guest.on('error', () => guest.destroy());
        guest.once('close', () => guests.delete(guest));
        if (sleeper.hasKnocked) return;
        sleeper.hasKnocked = true;
        setTimeout(wake, SWARM_MS);
      });
      const sleeper: Sleeper = { listener, guests, hasKnocked: false };
      await new Promise<void>((resolve, reject) => {
        listener.once('error', reject);
        listener.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
      });
      listener.unref();
      sleepers.set(key, sleeper);
    },
    release,
    admit(key, port) {
      const sleeper = sleepers.get(key);
      if (!sleeper || sleeper.listener.listening) return;
      sleepers.delete(key);
      for (const guest of sleeper.guests) joinSockets(guest, port, joined);
    },
    dismiss,
    async close() {
      await Promise.all([...sleepers.keys()].map(dismiss));
      for (const socket of joined) socket.destroy();
    },
  };
}

/** Connections that were accepted stay. */
async function endListening(listener: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    listener.close(() => resolve());
    // It reports its end with the last connection; the port is free at once.
    setImmediate(resolve);
  });
}
