// Removes everything that belongs to a cluster: server, volume, golden, configuration, log, and last the record.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Context, getVolumeId } from './context.ts';
import { getConfigFolder, getLogFile } from './places.ts';
import type { ClusterRecord } from './records.ts';
import { stopServer } from './servers.ts';

export async function removeCluster(context: Context, cluster: ClusterRecord): Promise<void> {
  await removeVolume(context, cluster);
  const log = getLogFile(context.settings.dataDir, cluster.id);
  for (const path of [log, `${log}.1`]) await rm(path, { force: true });
  await context.store.clusters.remove(cluster.id);
}

/** Also of one that was made by half. */
export async function removeVolume(context: Context, cluster: ClusterRecord): Promise<void> {
  const volumeId = getVolumeId(cluster);
  await stopServer(context, volumeId);
  await context.driver.remove(volumeId);
  await context.goldens.drop(volumeId);
  context.failures.delete(volumeId);
  await rm(join(getConfigFolder(context.settings.dataDir), volumeId), { recursive: true, force: true });
}
