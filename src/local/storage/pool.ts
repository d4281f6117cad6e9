// A file system with reflinks where the data folder's own has none: an XFS in a sparse file, mounted by root beside
// the folder of the volumes. What a killed process left mounted or attached is found again, never doubled.
import { mkdir, rename, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runChecked, runProgram } from '../../run.ts';
import { explainFailure } from './failures.ts';
import { attachImage, detachImage, releaseImage } from './loop-devices.ts';
import { isMounted, unmount } from './mounts.ts';
import { isRoot } from './owner.ts';
import type { Place } from './place.ts';
import { exists } from './remove-tree.ts';

const GIB = 1 << 30;
const MIN_BYTES = GIB;
const MAX_BYTES = 256 * GIB;
const SHARE_OF_FREE = 0.8;

export interface Pool {
  /** Where it is mounted. */
  readonly folder: string;
  close(): Promise<void>;
  /** After a failure: closes what was not open before; engines may run on what was. */
  undo(): Promise<void>;
}

/** Why there can be no pool; undefined when nothing speaks against it. */
export async function findPoolObstacle(place: Place): Promise<string | undefined> {
  if (!isRoot()) return 'only root can mount a pool image';
  for (const program of ['mkfs.xfs', 'losetup', 'mount']) {
    const { status } = await runProgram('sh', ['-c', 'command -v "$1"', 'sh', program], { env: place.env });
    if (status !== 0) return `${program} is not installed, which a pool image needs`;
  }
  const sizeBytes = await choosePoolSize(place.root);
  return sizeBytes < MIN_BYTES ? 'too little disk is free for a pool image' : undefined;
}

/** Opens the pool of a folder of volumes. `mustExist`: it holds data, so a missing image is never made anew. */
export async function openPool(
  place: Place,
  sizeBytes: number | undefined,
  mustExist: boolean,
): Promise<Pool> {
  const image = join(dirname(place.root), 'pool.xfs');
  const folder = join(dirname(place.root), 'pool');
  const wasMounted = await isMounted(folder);
  const wasThere = await exists(image);
  try {
    if (!wasThere) await makeImage(place, image, sizeBytes, mustExist);
    if (!wasMounted) await mountImage(place, image, folder);
  } catch (error) {
    if (!wasThere) await removeImage(image);
    throw explainFailure('opening the pool of volumes', image, error);
  }
  const close = async () => await closePool(place, image, folder);
  return { folder, close, undo: async () => (wasMounted ? undefined : await close()) };
}

async function makeImage(
  place: Place,
  image: string,
  sizeBytes: number | undefined,
  mustExist: boolean,
): Promise<void> {
  if (mustExist) {
    throw new FactoryError('STORAGE_FAILED', `the pool image ${image} is gone, and the volumes with it`, {
      hint: `Restore the image, or remove ${place.root} to give its volumes up.`,
    });
  }
  await writeFile(`${image}.new`, '', { mode: 0o600 });
  await truncate(`${image}.new`, sizeBytes ?? (await choosePoolSize(place.root)));
  // A log of the default size would be written in full, which takes longer than all the rest.
  const args = ['-q', '-m', 'reflink=1', '-l', 'size=64m', `${image}.new`];
  await runChecked('mkfs.xfs', args, { env: place.env });
  await rename(`${image}.new`, image);
}

async function removeImage(image: string): Promise<void> {
  for (const path of [image, `${image}.new`]) await rm(path, { force: true });
}

/** The device is given back to the kernel at once, which detaches it when the file system is unmounted. */
async function mountImage(place: Place, image: string, folder: string): Promise<void> {
  const { env } = place;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const device = await attachImage(image, env);
  try {
    await runChecked('mount', ['-t', 'xfs', '-o', 'noatime,discard', device, folder], { env });
  } catch (error) {
    await detachImage(image, env);
    throw error;
  }
  await releaseImage(image, env);
}

async function closePool(place: Place, image: string, folder: string): Promise<void> {
  await unmount(folder, place.env);
  await detachImage(image, place.env);
}

/** Sparse: takes what is used, never more than most of what is free now. */
async function choosePoolSize(root: string): Promise<number> {
  const { bavail, bsize } = await statfs(root);
  return Math.min(Math.floor((bavail * bsize * SHARE_OF_FREE) / GIB) * GIB, MAX_BYTES);
}
