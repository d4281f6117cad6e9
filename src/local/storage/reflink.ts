// The driver that clones file by file (FICLONE): on any file system with reflinks, without any privilege.
import { constants, copyFile } from 'node:fs/promises';
import type { StorageDriver } from './driver.ts';
import { countExtents, makeMeasureTree } from './extents.ts';
import { openFullCopies } from './full-copies.ts';
import type { Place } from './place.ts';
import { copyBytes } from './sparse.ts';

/** Beyond these a plain copy, once, is cheaper than the clones to come: every one pays for every extent. */
const SLOW_CLONE_MS = 50;
const FRAGMENTED_EXTENTS = 2000;

export async function openReflinkDriver(place: Place): Promise<StorageDriver> {
  return await openFullCopies(place, {
    name: 'reflink',
    isForkCheap: true,
    copyFile: cloneFile,
    copyFileToKeep: async (from, to) => await cloneFileToKeep(from, to, place.env),
    measure: makeMeasureTree(place.env),
  });
}

/** Fails where the file system cannot share the blocks. */
export async function cloneFile(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
}

/** Random writes into shared blocks leave a file in many pieces; its copy is made whole again. */
export async function cloneFileToKeep(from: string, to: string, env: NodeJS.ProcessEnv): Promise<void> {
  const startedAt = performance.now();
  await cloneFile(from, to);
  if (performance.now() - startedAt < SLOW_CLONE_MS) return;
  if ((await countExtents(to, env)) > FRAGMENTED_EXTENTS) await copyBytes(from, to);
}
