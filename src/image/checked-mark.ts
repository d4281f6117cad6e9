// Marks a file whose bytes have been checked, so that not every build hashes 40 MB again: its modification time is one
// that nothing else has, and whoever writes to the file takes it away. The access time says when it was last used.
import type { Stats } from 'node:fs';
import { stat, utimes } from 'node:fs/promises';

/** Long ago, in even seconds: every file system keeps it as it is. */
const CHECKED = new Date('1996-07-09T00:00:00Z');

export function isMarkedChecked({ mtimeMs }: Stats): boolean {
  return mtimeMs === CHECKED.getTime();
}

export async function markChecked(path: string): Promise<void> {
  await utimes(path, new Date(), CHECKED);
}

/** From then on it is checked before it is relied on. */
export async function unmarkChecked(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {}); // what is not there is not relied on
}

/** Its age starts anew; a mark stays. */
export async function markUsed(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) await utimes(path, new Date(), found.mtime).catch(() => {});
}

/** Milliseconds since it was last written or used. */
export function getAgeMs({ mtimeMs, atimeMs }: Stats): number {
  return Date.now() - Math.max(mtimeMs, atimeMs);
}
