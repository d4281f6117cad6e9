// A file system with reflinks where the data folder's own has none: an image beside the folder of the volumes, mounted by
// root. What a killed process left mounted or attached is found again, never doubled.
import { rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { explainFailure } from './failures.ts';
import { isMounted } from './mounts.ts';
import type { Place } from './place.ts';
import { getDefaultPool, getPoolFolder, type PoolPlace, readPoolFile } from './pool-file.ts';
import { findImageObstacle, makeImage, mountImage, unmountImage } from './pool-image.ts';
import { exists } from './remove-tree.ts';

const GIB = 1 << 30;
const MIN_BYTES = GIB;
const MAX_BYTES = 256 * GIB;
const SHARE_OF_FREE = 0.8;

export interface Pool {
  /** Where it is mounted. */
  readonly folder: string;
  readonly image: string;
  close(): Promise<void>;
  /** After a failure: closes what was not open before; engines may run on what was. */
  undo(): Promise<void>;
}

/** Why there can be no pool; undefined when nothing speaks against it. */
export async function findPoolObstacle(place: Place): Promise<string | undefined> {
  const obstacle = await findImageObstacle('xfs', place.env);
  if (obstacle) return obstacle;
  const sizeBytes = await choosePoolSize(place.root);
  return sizeBytes < MIN_BYTES ? 'too little disk is free for a pool image' : undefined;
}

/** Opens the pool of a folder of volumes. `mustExist`: it holds data, so a missing image is never made anew. */
export async function openPool(
  place: Place,
  sizeBytes: number | undefined,
  mustExist: boolean,
): Promise<Pool> {
  const dataDir = dirname(place.root);
  const made = await readPoolFile(dataDir);
  const poolPlace = made ?? getDefaultPool(dataDir);
  const { image } = poolPlace;
  const folder = getPoolFolder(dataDir);
  const wasMounted = await isMounted(folder);
  const wasThere = await exists(image);
  try {
    if (!wasThere) {
      if (mustExist || made) throw explainMissing(place, poolPlace);
      await makeImage(poolPlace, sizeBytes ?? (await choosePoolSize(place.root)), place.env);
    }
    if (!wasMounted) await mountImage(poolPlace, folder, place.env);
  } catch (error) {
    if (!wasThere) await rm(image, { force: true });
    throw explainFailure('opening the pool of volumes', image, error);
  }
  const close = async () => await unmountImage(image, folder, place.env);
  return { folder, image, close, undo: async () => (wasMounted ? undefined : await close()) };
}

function explainMissing(place: Place, { image }: PoolPlace): FactoryError {
  return new FactoryError('STORAGE_FAILED', `the pool image ${image} is gone, and the volumes with it`, {
    hint: `Restore the image, or remove ${place.root} to give its volumes up.`,
  });
}

/** Sparse: takes what is used, never more than most of what is free now. */
async function choosePoolSize(root: string): Promise<number> {
  const { bavail, bsize } = await statfs(root);
  return Math.min(Math.floor((bavail * bsize * SHARE_OF_FREE) / GIB) * GIB, MAX_BYTES);
}
