// Makes a layer from the upper directory of an overlay volume, also while a server writes into it.
// Blocks are shared with the upper; what the layers below show and the golden leaves out gets a whiteout.
import { lstat, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runChecked, runProgram } from '../../run.ts';
import type { Exclude } from './driver.ts';
import { explainFailure, getErrno } from './failures.ts';
import type { Layers } from './overlay-layers.ts';
import { giveTo, makeOwnedFolder } from './owner.ts';
import type { Place } from './place.ts';
import { cloneFileToKeep } from './reflink.ts';
import { exists } from './remove-tree.ts';
import { forEachOf, readTree, type Tree } from './tree.ts';

/** `target` becomes a copy of `upper` without the excluded paths; `layers` are those below it. */
export async function copyUpper(
  place: Place,
  upper: string,
  target: string,
  layers: Layers,
  exclude: Exclude,
): Promise<void> {
  await copyShape(place, upper, target);
  const tree = await readTree(upper, exclude);
  await copyContents(place, tree, upper, target);
  for (const path of tree.excluded) await rm(join(target, path), { recursive: true, force: true });
  const hidden = await findExcludedBelow(place, layers, target, exclude);
  await makeWhiteouts(place, target, [...tree.devices, ...hidden]);
}

/**
 * Everything but the bytes. Whiteouts and the attributes that mark a folder as replaced are beyond Node; cp keeps
 * them: https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories
 */
async function copyShape(place: Place, upper: string, target: string): Promise<void> {
  const args = ['-a', '--attributes-only', `${upper}/.`, target];
  const { status, stderr } = await runProgram('cp', args, { env: place.env });
  const problems = stderr.split('\n').filter((line) => line !== '' && !isVanished(line));
  if (status === 0 || problems.length === 0) return;
  throw explainFailure('copying a volume', upper, new Error(problems.slice(0, 3).join('\n')));
}

/** A running server removes files while cp walks. */
function isVanished(line: string): boolean {
  return /No such file or directory$/.test(line);
}

/** A file that vanished since its shape was copied is as if it had vanished before. */
async function copyContents(place: Place, tree: Tree, upper: string, target: string): Promise<void> {
  await forEachOf(tree.files, async (path) => {
    try {
      await cloneFileToKeep(join(upper, path), join(target, path), place.env);
      giveTo(place.owner, join(target, path)); // of a file that is newer than the shape
    } catch (error) {
      if (getErrno(error) !== 'ENOENT') throw error;
      await rm(join(target, path), { force: true });
    }
  });
}

/** Excluded paths that would shine through from below. */
async function findExcludedBelow(
  place: Place,
  layers: Layers,
  target: string,
  exclude: Exclude,
): Promise<string[]> {
  const found = new Set<string>();
  for (const layer of layers) {
    for (const path of (await readTree(join(place.root, layer), exclude)).excluded) found.add(path);
  }
  const hidden: string[] = [];
  for (const path of found) {
    if (await makeParents(place, layers, target, dirname(path))) hidden.push(path);
  }
  return hidden;
}

/** False when the folder is not there for a fork: then nothing in it can shine through. */
async function makeParents(place: Place, layers: Layers, target: string, folder: string): Promise<boolean> {
  if (folder === '.') return true;
  if (!(await makeParents(place, layers, target, dirname(folder)))) return false;
  if (await exists(join(target, folder))) return (await lstat(join(target, folder))).isDirectory();
  for (const layer of layers) {
    const below = join(place.root, layer, folder);
    if (!(await exists(below))) continue;
    const stats = await lstat(below);
    if (!stats.isDirectory()) return false;
    await makeOwnedFolder(place.owner, join(target, folder), stats.mode & 0o7777);
    return true;
  }
  return false;
}

/** A whiteout is the character device 0/0, which anyone may make since Linux 5.8. */
async function makeWhiteouts(place: Place, target: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const script = 'for path; do rm -rf "$path"; mknod "$path" c 0 0; done';
  await runChecked('sh', ['-ec', script, 'whiteouts', ...paths], { env: place.env, cwd: target });
}
