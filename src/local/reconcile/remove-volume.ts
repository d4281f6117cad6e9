// Removes everything of a cluster but its record: server, volume, golden, configuration, log.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { getConfigFolder, getLogFile } from '../places.ts';
import type { ClusterRecord } from '../records.ts';
import { type Context, getVolumeId } from './context.ts';
import { stopServer } from './servers.ts';
import { nameSpare, type Spare } from './spares.ts';

/** Also of one that was made by half. */
export async function removeVolume(context: Context, cluster: ClusterRecord): Promise<void> {
  const volumeId = getVolumeId(cluster);
  const { dataDir } = context.settings;
  for (const spare of context.spares.list(cluster.resourceId)) await removeSpare(context, cluster, spare);
  await stopServer(context, volumeId);
  await context.driver.remove(volumeId);
  await context.goldens.drop(volumeId);
  context.failures.delete(volumeId);
  context.copyTerms.delete(volumeId);
  await rm(join(getConfigFolder(dataDir), volumeId), { recursive: true, force: true });
  const log = getLogFile(dataDir, cluster.id);
  for (const path of [log, `${log}.1`]) await rm(path, { force: true });
}

/** Out of the list first: nobody takes one that is being removed. */
export async function removeSpare(context: Context, source: ClusterRecord, spare: Spare): Promise<void> {
  context.spares.remove(source.resourceId, spare);
  await removeVolume(context, { ...source, id: nameSpare(spare), resourceId: spare.resourceId });
  context.ports.release(spare.port);
}
