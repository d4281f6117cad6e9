// Ends and removes what an earlier process left behind and no record owns: servers, volumes, goldens, folders.
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { endStrays } from '../engine/strays.ts';
import { getConfigFolder, getLogFile, getLogFolder } from '../places.ts';
import { type Context, getVolumeId } from './context.ts';
import { getReaderVolumeId } from './readers.ts';
import { isSpareName } from './spares.ts';

/** After servers that still run were adopted. */
export async function removeLeftovers(context: Context): Promise<void> {
  const { dataDir } = context.settings;
  const adopted = [...context.servers.values()].map(({ server }) => server.record.pid);
  await endStrays(getConfigFolder(dataDir), dataDir, adopted);
  const volumes = listOwned(context);
  const goldens = new Set(context.goldens.list().map((golden) => golden.id));
  for (const golden of context.goldens.list()) {
    if (golden.owner.startsWith('template/') || volumes.has(golden.owner)) continue;
    await context.goldens.drop(golden.owner);
  }
  for (const id of await context.driver.list()) {
    if (!volumes.has(id) && !goldens.has(id)) await context.driver.remove(id);
  }
  const secrets = new Set(context.store.clusters.list().map(({ masterUserSecret }) => masterUserSecret));
  for (const { name } of context.store.secrets.list()) {
    if (!secrets.has(name)) await context.store.secrets.remove(name);
  }
  for (const name of await readdir(getConfigFolder(dataDir))) {
    if (!volumes.has(name)) await rm(join(getConfigFolder(dataDir), name), { recursive: true, force: true });
  }
  await removeSpareLogs(context);
}

async function removeSpareLogs({ settings, store }: Context): Promise<void> {
  const { dataDir } = settings;
  const names = (await readdir(getLogFolder(dataDir))).map((file) => basename(file, '.log'));
  for (const name of names.filter(isSpareName)) {
    if (store.clusters.get(name) === undefined) await rm(getLogFile(dataDir, name), { force: true });
  }
}

/** Volumes that are complete; what is made by half is made anew. */
function listOwned({ store }: Context): ReadonlySet<string> {
  const clusters = store.clusters.list().filter(({ isVolumeReady }) => isVolumeReady);
  const snapshots = store.snapshots.list().filter(({ isVolumeReady }) => isVolumeReady);
  const readers = store.instances.list().filter(({ reader }) => reader?.isVolumeReady);
  return new Set([
    ...clusters.map(getVolumeId),
    ...snapshots.map(({ volumeId }) => volumeId),
    ...readers.map(getReaderVolumeId),
  ]);
}
