// Deletes directory trees, and tells whether something is there.
import { chmod, lstat, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFailure, getErrno } from './failures.ts';
import { isRoot } from './owner.ts';
import { forEachOf, readTree } from './tree.ts';

/** Does nothing when the folder is not there. */
export async function removeTree(folder: string): Promise<void> {
  if (!(await exists(folder))) return;
  try {
    if (!isRoot()) await permitRemoval(folder);
    const { files } = await readTree(folder);
    await forEachOf(files, async (path) => await unlink(join(folder, path)).catch(() => {}));
    // A program that a killed process had started may still be writing here for a moment.
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch (error) {
    throw explainFailure('removing a folder', folder, error);
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (getErrno(error) === 'ENOENT') return false;
    throw explainFailure('looking for a folder', path, error);
  }
}

/** overlayfs leaves folders of mode 000, and engines may make theirs read-only. */
async function permitRemoval(folder: string): Promise<void> {
  if (((await lstat(folder)).mode & 0o700) !== 0o700) await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await permitRemoval(join(folder, entry.name));
  }
}
