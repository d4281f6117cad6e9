// Hands out ports on 127.0.0.1, none of them twice.
import { createServer } from 'node:net';
import { FactoryError } from '../errors.ts';

export interface PortSettings {
  readonly portRange: { readonly first: number; readonly last: number };
}

/** Until then the record with the port must be there. */
const HOLD_MS = 60_000;

export interface PortReserver {
  reserve(wanted?: number): Promise<number>;
  /** Of a record that is gone. */
  release(port: number): void;
}

export function makePortReserver(
  { portRange }: PortSettings,
  listTaken: () => readonly number[],
): PortReserver {
  const held = new Map<number, number>();
  const hold = async (port: number): Promise<boolean> => {
    if (listTaken().includes(port) || (held.get(port) ?? 0) > Date.now()) return false;
    held.set(port, Date.now() + HOLD_MS); // before the check, which takes time
    if (await isPortFree(port)) return true;
    held.delete(port);
    return false;
  };
  const reserve = async (wanted?: number): Promise<number> => {
    if (wanted !== undefined && (await hold(wanted))) return wanted;
    for (let port = portRange.first; port <= portRange.last; port++) {
      if (await hold(port)) return port;
    }
    const message = `no port between ${portRange.first} and ${portRange.last} is free`;
    throw new FactoryError('QUOTA_EXCEEDED', message, { hint: 'Destroy copies that nobody needs.' });
  };
  return { reserve, release: (port) => held.delete(port) };
}

/** Nothing listens there now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
