// Puts files of the layers into the upper folder of a fork before it is mounted: those that a server is about to read.
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getErrno } from './failures.ts';
import { makeFirstReads } from './first-reads.ts';
import type { Layers } from './overlay-layers.ts';
import { makeOwnedFolder } from './owner.ts';
import type { Place } from './place.ts';

/** Files of the topmost layer that has their folder. What lies deeper may be hidden, and is left to the mount. */
export async function copyFirstReads(
  { root, owner }: Place,
  layers: Layers,
  upper: string,
  paths: readonly string[],
): Promise<void> {
  const copyFirstRead = makeFirstReads(owner);
  const layerOf = new Map<string, string>();
  for (const folder of new Set(paths.flatMap(listFolders))) {
    const layer = await findFolder(root, layers, folder);
    if (layer === undefined) continue;
    layerOf.set(folder, layer);
    const { mode } = await lstat(join(root, layer, folder));
    await makeOwnedFolder(owner, join(upper, folder), mode & 0o7777);
  }
  for (const path of paths) {
    const layer = layerOf.get(dirname(path));
    if (layer !== undefined) copyFirstRead(join(root, layer, path), join(upper, path));
  }
}

/** Parents before their children. */
function listFolders(path: string): string[] {
  const names = dirname(path).split('/');
  return names.map((_, at) => names.slice(0, at + 1).join('/'));
}

/** A whiteout, or one in place of a parent, hides the folder. */
async function findFolder(root: string, layers: Layers, folder: string): Promise<string | undefined> {
  for (const layer of layers) {
    try {
      return (await lstat(join(root, layer, folder))).isDirectory() ? layer : undefined;
    } catch (error) {
      if (getErrno(error) !== 'ENOENT') return undefined;
    }
  }
  return undefined;
}
