// Lists this machine's time zone database for the base `host`: Node has its own, other programs have not.
import { type Dirent, readFileSync, readlinkSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { TarEntry } from '../../image/tar.ts';

export const ZONE_FOLDER = '/usr/share/zoneinfo';
/** Every release of the database changes the first of them that there is. */
export const ZONE_RELEASE_FILES = ['tzdata.zi', 'zone1970.tab', 'zone.tab'].map((name) =>
  join(ZONE_FOLDER, name),
);
/** The same zones in other forms, and what is set for this machine alone. */
const LEFT_OUT = new Set(['posix', 'right', 'localtime', 'posixrules']);

/**
 * None where the machine has no such folder. A thousand small files are looked at and read at once: each call that
 * waits for a thread takes ten times as long, and the threads compress meanwhile.
 */
export async function listZoneEntries(folder = ZONE_FOLDER): Promise<readonly TarEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.flatMap((one) => makeZoneEntry(folder, `${one.parentPath}/${one.name}`, one));
}

/** None for what is left out, and for a link that leads out of the folder. */
function makeZoneEntry(folder: string, source: string, found: Dirent): readonly TarEntry[] {
  const name = source.slice(folder.length + 1);
  if (LEFT_OUT.has(name.split('/', 1)[0] as string)) return [];
  const path = `${ZONE_FOLDER.slice(1)}/${name}`;
  if (found.isDirectory()) return [{ path, type: 'folder', mode: 0o755 }];
  if (found.isFile()) return [makeZoneFile(path, source)];
  if (!found.isSymbolicLink()) return [];
  const target = readlinkSync(source);
  const isInside = !target.startsWith('/') && !posix.normalize(join(name, '..', target)).startsWith('..');
  return isInside ? [{ path, type: 'symlink', mode: 0o777, target }] : [];
}

function makeZoneFile(path: string, source: string): TarEntry {
  const { size: sizeBytes } = statSync(source);
  const open = async function* () {
    yield readFileSync(source);
  };
  return { path, type: 'file', mode: 0o644, sizeBytes, open };
}
