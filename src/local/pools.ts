// The pool of a data folder by the user's own wish: makes it, tells about it, removes it. Nothing runs meanwhile.
import { lstat, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FactoryError } from '../errors.ts';
import { lockFolder } from './lock.ts';
import { readMarker } from './storage/marker.ts';
import { isMounted } from './storage/mounts.ts';
import type { Owner } from './storage/owner.ts';
import { makeToolEnv } from './storage/place.ts';
import {
  getDefaultPool,
  getPoolFile,
  getPoolFolder,
  type PoolPlace,
  readPoolFile,
  writePoolFile,
} from './storage/pool-file.ts';
import { findImageObstacle, giveImage, makeImage, mountImage, unmountImage } from './storage/pool-image.ts';
import { exists } from './storage/remove-tree.ts';

export interface PoolRequest {
  readonly dataDir: string;
  readonly sizeBytes: number;
  /** Of the image; absent, it lies in the data folder. */
  readonly path?: string | undefined;
  readonly fileSystem: PoolPlace['fileSystem'];
  /** Who starts the local RDS. */
  readonly owner: Owner;
  readonly env: NodeJS.ProcessEnv;
}

export interface PoolReport extends PoolPlace {
  /** Where it is mounted, or will be. */
  readonly folder: string;
  readonly isMounted: boolean;
  /** The most that it may take. */
  readonly sizeBytes: number;
  /** What it takes now of the disk below it. */
  readonly usedBytes: number;
  readonly clusters: number;
  readonly snapshots: number;
}

/** Makes the image, mounts it and leaves it mounted; every start mounts it again where it is not. */
export async function makePool(request: PoolRequest): Promise<PoolReport> {
  const { dataDir, fileSystem, owner } = request;
  const env = makeToolEnv(request.env);
  const obstacle = await findImageObstacle(fileSystem, env);
  if (obstacle) throw new FactoryError('STORAGE_FAILED', `a pool cannot be made: ${obstacle}`);
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const unlock = await lockFolder(dataDir);
  try {
    const image = resolve(request.path ?? join(dataDir, `pool.${fileSystem}`));
    const place = { image, fileSystem };
    await checkNoVolumes(dataDir);
    await checkPlace(image, request.sizeBytes);
    await makeImage(place, request.sizeBytes, env);
    await mountImage(place, getPoolFolder(dataDir), env);
    await giveImage(getPoolFolder(dataDir), owner);
    await writePoolFile(dataDir, place);
  } finally {
    await unlock();
  }
  return await getPool(dataDir);
}

/** Throws NOT_FOUND when there is none. */
export async function getPool(dataDir: string): Promise<PoolReport> {
  const place = (await readPoolFile(dataDir)) ?? getDefaultPool(dataDir);
  if (!(await exists(place.image))) {
    throw new FactoryError('NOT_FOUND', `there is no pool in ${dataDir}`, {
      hint: 'Make one: db-artifact local pool create --size 50G',
    });
  }
  const { size, blocks } = await lstat(place.image);
  const folder = getPoolFolder(dataDir);
  const used = { sizeBytes: size, usedBytes: blocks * 512, ...(await countOwners(dataDir)) };
  return { ...place, folder, isMounted: await isMounted(folder), ...used };
}

/** Refuses while a cluster or snapshot is in it. Returns what was removed. */
export async function removePool(dataDir: string, toolEnv: NodeJS.ProcessEnv): Promise<PoolReport> {
  const pool = await getPool(dataDir);
  const unlock = await lockFolder(dataDir);
  try {
    const { clusters, snapshots, image, fileSystem, folder } = pool;
    if (clusters + snapshots > 0) {
      throw new FactoryError('REFUSED', `the pool holds ${clusters} clusters and ${snapshots} snapshots`, {
        hint: 'Destroy them first, or remove everything: db-artifact local down --delete',
      });
    }
    const env = makeToolEnv(toolEnv);
    const obstacle = await findImageObstacle(fileSystem, env);
    if (obstacle) throw new FactoryError('STORAGE_FAILED', `the pool cannot be removed: ${obstacle}`);
    await unmountImage(image, folder, env);
    // The marker says that volumes are in the pool: without them there is nothing to keep to.
    for (const path of [join(dataDir, 'volumes'), getPoolFile(dataDir), image, folder]) {
      await rm(path, { recursive: true, force: true });
    }
  } finally {
    await unlock();
  }
  return pool;
}

/** A file system that holds volumes cannot become another one. */
async function checkNoVolumes(dataDir: string): Promise<void> {
  const volumes = join(dataDir, 'volumes');
  const marker = (await exists(volumes)) ? await readMarker(volumes) : undefined;
  if (await exists(((await readPoolFile(dataDir)) ?? getDefaultPool(dataDir)).image)) {
    throw new FactoryError('CONFLICT', `${dataDir} has a pool already`, {
      hint: 'Look at it: db-artifact local pool status',
    });
  }
  if (!marker) return;
  throw new FactoryError(
    'CONFLICT',
    `${dataDir} holds volumes outside of a pool, which stay where they are`,
    {
      hint: 'Remove them with `db-artifact local down --delete`, or name another folder with DB_ARTIFACT_DATA_DIR.',
    },
  );
}

async function checkPlace(image: string, sizeBytes: number): Promise<void> {
  if (await exists(image)) throw new FactoryError('NAME_TAKEN', `${image} is there already`);
  const { bavail, bsize } = await statfs(dirname(image)).catch((error: Error) => {
    throw new FactoryError('NOT_FOUND', `cannot make ${image}: ${error.message}`, { cause: error });
  });
  const freeBytes = bavail * bsize;
  if (sizeBytes <= freeBytes) return;
  // The image takes what is used only, but one that outgrows its disk cannot write although it has room itself.
  throw new FactoryError('DISK_FULL', `${dirname(image)} has ${Math.floor(freeBytes / 2 ** 30)}G free`, {
    hint: 'Make the pool smaller, or put it on another disk with --path.',
  });
}

/** Counts files: opening the records would change them below a server that runs. */
async function countOwners(dataDir: string): Promise<{ clusters: number; snapshots: number }> {
  const count = async (kind: string): Promise<number> => {
    const names = await readdir(join(dataDir, 'records', kind)).catch(() => []);
    return names.filter((name) => name.endsWith('.json')).length;
  };
  return { clusters: await count('clusters'), snapshots: await count('snapshots') };
}
