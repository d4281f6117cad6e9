// Hands out ports on 127.0.0.1, none of them twice, and one that was given back only when all others have had their turn:
// whoever still knows it must not reach another database there.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { FactoryError } from '../errors.ts';

export interface PortSettings {
  readonly portRange: { readonly first: number; readonly last: number };
  /** Remembers the port that was handed out last, also by a process that was killed. */
  readonly path: string;
}

/** Until then the record with the port must be there. */
const HOLD_MS = 60_000;

export interface PortReserver {
  reserve(wanted?: number): Promise<number>;
  /** Of a record that is gone. */
  release(port: number): void;
}

export function openPorts(
  { portRange: { first, last }, path }: PortSettings,
  listTaken: () => readonly number[],
): PortReserver {
  const size = last - first + 1;
  const held = new Map<number, number>();
  let previous = readPrevious(path);
  const hold = async (port: number, taken: ReadonlySet<number>): Promise<boolean> => {
    if (taken.has(port) || (held.get(port) ?? 0) > Date.now()) return false;
    held.set(port, Date.now() + HOLD_MS); // before the check, which takes time
    if (await isPortFree(port)) return true;
    held.delete(port);
    return false;
  };
  const reserve = async (wanted?: number): Promise<number> => {
    const taken = new Set(listTaken());
    if (wanted !== undefined && (await hold(wanted, taken))) return wanted;
    const start = previous >= first && previous < last ? previous + 1 : first;
    for (let step = 0; step < size; step++) {
      const port = first + ((start - first + step) % size);
      if (!(await hold(port, taken))) continue;
      previous = port;
      writeFileSync(path, String(port), { mode: 0o600 });
      return port;
    }
    throw new FactoryError('QUOTA_EXCEEDED', `no port between ${first} and ${last} is free`, {
      hint: 'Destroy copies that nobody needs, or start the local RDS with more: --ports FIRST-LAST.',
    });
  };
  return { reserve, release: (port) => held.delete(port) };
}

/** A file that is gone or damaged costs nothing but the order. */
function readPrevious(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    return 0;
  }
}

/** Nothing listens there now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
