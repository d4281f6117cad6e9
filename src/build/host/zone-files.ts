// Lists this machine's time zone database for the base `host`: Node has its own, other programs have not.
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { TarEntry } from '../../image/tar.ts';

export const ZONE_FOLDER = '/usr/share/zoneinfo';
/** Every release of the database changes the first of them that there is. */
export const ZONE_RELEASE_FILES = ['tzdata.zi', 'zone1970.tab', 'zone.tab'].map((name) =>
  join(ZONE_FOLDER, name),
);
/** The same zones in other forms, and what is set for this machine alone. */
const LEFT_OUT = new Set(['posix', 'right', 'localtime', 'posixrules']);

/** None where the machine has no such folder. */
export async function listZoneEntries(folder = ZONE_FOLDER): Promise<readonly TarEntry[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const kept = names.filter((name) => !LEFT_OUT.has(name.split('/', 1)[0] as string));
  const entries = await Promise.all(kept.map((name) => makeZoneEntry(folder, name)));
  return entries.filter((entry) => entry !== undefined);
}

/** Undefined for a link that leads out of the folder. */
async function makeZoneEntry(folder: string, name: string): Promise<TarEntry | undefined> {
  const source = join(folder, name);
  const path = join(ZONE_FOLDER, name).slice(1);
  const found = await lstat(source);
  if (found.isDirectory()) return { path, type: 'folder', mode: 0o755 };
  if (found.isFile()) {
    return { path, type: 'file', mode: 0o644, sizeBytes: found.size, open: () => createReadStream(source) };
  }
  const target = await readlink(source);
  const isInside = !target.startsWith('/') && !posix.normalize(join(name, '..', target)).startsWith('..');
  return isInside ? { path, type: 'symlink', mode: 0o777, target } : undefined;
}
