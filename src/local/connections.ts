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
