// How much memory a process and all its children take. Pages that several share count in parts, so that the sum over
// all servers is what they take together: Pss of proc_pid_smaps(5). Linux only.
import { readFile } from 'node:fs/promises';

/** Undefined where the system does not tell, and for a process that is gone. */
export async function readMemoryBytes(pid: number): Promise<number | undefined> {
  const own = await readOwnBytes(pid);
  if (own === undefined) return undefined;
  const children = await Promise.all((await listChildren(pid)).map(readMemoryBytes));
  return children.reduce<number>((sum, bytes) => sum + (bytes ?? 0), own);
}

async function readOwnBytes(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

async function listChildren(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}
