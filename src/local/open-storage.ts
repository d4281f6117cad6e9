// Opens the volumes of a data folder for the user that engines run as.
import { join } from 'node:path';
import { findEngineUser } from './engine/engine-user.ts';
import type { LocalSettings } from './settings.ts';
import { type OpenStorage, openDriver } from './storage/drivers.ts';

/** The volumes of a data folder; disposing unmounts them. */
export async function openStorage(settings: LocalSettings): Promise<OpenStorage> {
  const { uid, gid } = await findEngineUser();
  const { driver: wanted, env, log } = settings;
  const root = join(settings.dataDir, 'volumes');
  return await openDriver({ root, wanted, ownerUid: uid, ownerGid: gid, env, log });
}
