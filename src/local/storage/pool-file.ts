// Says where the pool of a data folder is, and what file system it has; absent, none was made on purpose.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../store.ts';
import { explainFailure, getErrno } from './failures.ts';

export const POOL_FILE_SYSTEMS = ['xfs', 'btrfs'] as const;

const poolFileSchema = z.object({
  /** Absolute. */
  image: z.string().startsWith('/'),
  fileSystem: z.enum(POOL_FILE_SYSTEMS),
});

export type PoolPlace = z.infer<typeof poolFileSchema>;

export async function readPoolFile(dataDir: string): Promise<PoolPlace | undefined> {
  const path = getPoolFile(dataDir);
  try {
    return poolFileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (getErrno(error) === 'ENOENT') return undefined;
    throw explainFailure('reading where the pool is', path, error);
  }
}

export async function writePoolFile(dataDir: string, place: PoolPlace): Promise<void> {
  await replaceFile(getPoolFile(dataDir), `${JSON.stringify(place)}\n`);
}

export function getPoolFile(dataDir: string): string {
  return join(dataDir, 'pool.json');
}

/** Where a pool is that was made because nothing else was fast. */
export function getDefaultPool(dataDir: string): PoolPlace {
  return { image: join(dataDir, 'pool.xfs'), fileSystem: 'xfs' };
}

/** Where it is mounted. */
export function getPoolFolder(dataDir: string): string {
  return join(dataDir, 'pool');
}
