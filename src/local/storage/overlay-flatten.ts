// Makes a plain tree of a stack of layers, so that forks of forks of forks stay quick to mount.
// The kernel says what the stack shows; each file is then cloned from the topmost layer that has it.
import { readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from '../../run.ts';
import type { Layers } from './overlay-layers.ts';
import { type MountKind, makeViewCommand } from './overlay-mounts.ts';
import { giveTo, makeOwnedFolder } from './owner.ts';
import type { Place } from './place.ts';
import { cloneFileToKeep } from './reflink.ts';
import { exists } from './remove-tree.ts';
import { forEachOf } from './tree.ts';

export interface ViewEntry {
  readonly type: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly path: string;
}

/** `folder`, not there yet, gets everything that the layers show. */
export async function flattenLayers(
  place: Place,
  kind: MountKind,
  layers: Layers,
  folder: string,
): Promise<void> {
  await makeOwnedFolder(place.owner, folder);
  const entries = await listView(place, kind, layers, folder);
  const find = async (path: string) => await findTopmost(place, layers, path);
  for (const { type, path, mode } of entries) {
    const target = join(folder, path);
    if (type === 'd') await makeOwnedFolder(place.owner, target, mode);
    if (type !== 'l') continue;
    await symlink(await readlink(await find(path)), target);
    giveTo(place.owner, target);
  }
  const files = entries.filter((entry) => entry.type === 'f');
  await forEachOf(files, async ({ path }) => {
    await cloneFileToKeep(await find(path), join(folder, path), place.env);
    giveTo(place.owner, join(folder, path));
  });
}

/** What the layers show, parents before their children; the root itself is the path ''. */
export async function listView(
  place: Place,
  kind: MountKind,
  layers: Layers,
  mountPoint: string,
): Promise<ViewEntry[]> {
  const script = `find "$2" -printf '%y %m %s %P\\0'`;
  const args = makeViewCommand(kind, layers, mountPoint, script);
  const said = await runChecked('unshare', args, { env: place.env, cwd: place.root });
  return said.split('\0').filter(Boolean).map(parseViewEntry);
}

function parseViewEntry(line: string): ViewEntry {
  const [type = '', mode = '', size = '', ...path] = line.split(' ');
  return { type, mode: Number.parseInt(mode, 8), sizeBytes: Number(size), path: path.join(' ') };
}

async function findTopmost(place: Place, layers: Layers, path: string): Promise<string> {
  for (const layer of layers) {
    const candidate = join(place.root, layer, path);
    if (await exists(candidate)) return candidate;
  }
  throw new Error(`no layer has ${path}`);
}
