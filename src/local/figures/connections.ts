// How many clients are connected to each port on 127.0.0.1, as the system sees it: one look for all servers, and none of
// them is asked. Linux only.
import { readFile } from 'node:fs/promises';

/** https://docs.kernel.org/networking/proc_net_tcp.html */
const ESTABLISHED = '01';
const LOOPBACK = '0100007F';

export type Connections = (port: number) => number;

/** Undefined where the system does not tell. */
export async function readConnections(): Promise<Connections | undefined> {
  const text = await readFile('/proc/net/tcp', 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const counts = countByPort(text);
  return (port) => counts.get(port) ?? 0;
}

/** Both ends of a connection are on this machine; each line is one of them, the server's begins with its own port. */
export function countByPort(text: string): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const line of text.split('\n').slice(1)) {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const [address, port = ''] = local.split(':');
    if (state !== ESTABLISHED || address !== LOOPBACK) continue;
    counts.set(Number.parseInt(port, 16), (counts.get(Number.parseInt(port, 16)) ?? 0) + 1);
  }
  return counts;
}

/** State and timer: `LISTEN`, and the wait after the end of a connection, as long and counted as Linux does. */
const LISTENING = '0A';
const ENDED_TIMER = '03';
const ENDED_MS = 60_000;
const TICK_MS = 10;

/** When somebody was connected to each port, in milliseconds before now. Undefined where the system does not tell. */
export async function readLastUses(): Promise<ReadonlyMap<number, number> | undefined> {
  const text = await readFile('/proc/net/tcp', 'utf8').catch(() => undefined);
  return text === undefined ? undefined : findLastUses(text);
}

/** Whoever ends a connection first keeps a line of it for a minute, so either end may be the server's. */
export function findLastUses(text: string): ReadonlyMap<number, number> {
  const uses = new Map<number, number>();
  for (const line of text.split('\n').slice(1)) {
    const [, local = '', remote = '', state, , timer = ''] = line.trim().split(/\s+/);
    if (state === undefined || state === LISTENING) continue;
    const [kind, ticks = '0'] = timer.split(':');
    const agoMs = kind === ENDED_TIMER ? Math.max(0, ENDED_MS - Number.parseInt(ticks, 16) * TICK_MS) : 0;
    for (const end of [local, remote]) {
      const port = Number.parseInt(end.split(':')[1] ?? '', 16);
      uses.set(port, Math.min(agoMs, uses.get(port) ?? agoMs));
    }
  }
  return uses;
}
