// Removes a data folder with everything in it. Some volumes, such as read-only snapshots, only their driver can remove.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from './lock.ts';
import { openStorage } from './open-storage.ts';
import type { LocalSettings } from './settings.ts';
import { makeToolEnv } from './storage/place.ts';
import { getPoolFolder, readPoolFile } from './storage/pool-file.ts';
import { unmountImage } from './storage/pool-image.ts';
import { exists } from './storage/remove-tree.ts';

/** Nothing may run on it any more; throws ALREADY_RUNNING when a server does. */
export async function removeData(settings: LocalSettings): Promise<void> {
  const { dataDir } = settings;
  if (!(await exists(dataDir))) return;
  const unlock = await lockFolder(dataDir);
  // A driver that does not open any more is no reason to keep the folder: what can be removed is removed below.
  if (await exists(join(dataDir, 'volumes'))) await removeVolumes(settings).catch(() => {});
  const pool = await readPoolFile(dataDir);
  if (pool) await unmountImage(pool.image, getPoolFolder(dataDir), makeToolEnv(settings.env));
  await rm(dataDir, { recursive: true, force: true });
  if (pool) await rm(pool.image, { force: true });
  await unlock();
}

async function removeVolumes(settings: LocalSettings): Promise<void> {
  await using storage = await openStorage(settings);
  for (const id of await storage.driver.list()) await storage.driver.remove(id);
}
