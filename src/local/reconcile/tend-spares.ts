// Keeps the spares of a source as many as wanted and as new as the source, and hands them out.
import { rename } from 'node:fs/promises';
import { getMessage } from '../../errors.ts';
import { checkMemory, IDLE_SERVER_BYTES, makeBudgets } from '../figures/budgets.ts';
import { makeResourceId } from '../ids.ts';
import { getLogFile } from '../places.ts';
import type { ClusterRecord } from '../records.ts';
import { type Context, findByResourceId, getVolumeId } from './context.ts';
import { findContentKey, forkCluster, readContentKey } from './forks.ts';
import { removeSpare, removeVolume } from './remove-volume.ts';
import { startServer } from './servers.ts';
import { countWantedSpares, nameSpare, type Spare } from './spares.ts';

/** Of the memory that all databases may take together. */
const SHARE_OF_MEMORY = 0.1;
/** Whoever was just given a spare has the processors for itself. */
const REFILL_DELAY_MS = 300;

/** The caller has the source's turn. Makes one spare at a time, so that whoever clones the source does not wait long. */
export async function tendSpares(context: Context, sourceId: string): Promise<void> {
  const source = context.store.clusters.get(sourceId);
  if (!source) return;
  const wanted = countWanted(context, source);
  const { resourceId } = source;
  const contentKey = wanted > 0 ? await readContentKey(context, source) : undefined;
  for (const [at, spare] of context.spares.list(resourceId).entries()) {
    const isGood = at < wanted && spare.contentKey === contentKey && isAlive(context, spare);
    if (!isGood) await removeSpare(context, source, spare);
  }
  const isMissing = context.spares.list(resourceId).length < wanted;
  if (contentKey === undefined || !context.spares.isSettled(resourceId, contentKey) || !isMissing) return;
  if (!hasRoom(context, source)) return;
  const isMade = await makeSpare(context, source);
  if (isMade) context.spareWakes.wake(sourceId);
}

/** Undefined when there is none, or the source has changed since. */
export async function takeSpare(
  context: Context,
  sourceResourceId: string,
  clusterId: string,
): Promise<Spare | undefined> {
  const source = findByResourceId(context, sourceResourceId);
  if (!source || context.spares.list(sourceResourceId).length === 0) return undefined;
  const contentKey = await findContentKey(context, source).catch(() => undefined);
  const spare = context.spares
    .list(sourceResourceId)
    .find((one) => one.contentKey === contentKey && isAlive(context, one));
  if (!spare) return undefined;
  context.spares.remove(sourceResourceId, spare);
  context.spareWakes.wakeIn(source.id, REFILL_DELAY_MS);
  const { dataDir } = context.settings;
  // Its server goes on writing to the file, whatever that is called.
  context.goOn(rename(getLogFile(dataDir, nameSpare(spare)), getLogFile(dataDir, clusterId)));
  return spare;
}

/** To be asked for from time to time: sources are written to without our knowing. */
export function listSources(context: Context): readonly string[] {
  return context.store.clusters
    .list()
    .filter((source) => countWanted(context, source) > 0 || context.spares.list(source.resourceId).length > 0)
    .map(({ id }) => id);
}

function countWanted({ settings, driver }: Context, source: ClusterRecord): number {
  return driver.isForkCheap ? countWantedSpares(source, settings.warm ?? 0) : 0;
}

function isAlive(context: Context, { resourceId }: Spare): boolean {
  return context.servers.has(getVolumeId({ resourceId }));
}

function hasRoom({ settings, spares }: Context, { engine }: ClusterRecord): boolean {
  const memoryBytes = makeBudgets(settings).memoryBytes * SHARE_OF_MEMORY;
  const idleBytes = IDLE_SERVER_BYTES[engine];
  try {
    checkMemory({ memoryBytes, diskBytes: undefined }, spares.listAll().length * idleBytes, idleBytes);
    return true;
  } catch {
    return false;
  }
}

/** False when the source was written to meanwhile. */
async function makeSpare(context: Context, source: ClusterRecord): Promise<boolean> {
  const cluster = await makeSpareCluster(context, source);
  const volumeId = getVolumeId(cluster);
  try {
    await forkCluster(context, source, { id: volumeId, isFor: 'spare' });
    // Keys never come again: a fork of anything but the golden would have left the golden behind the source.
    const contentKey = await readContentKey(context, source);
    if (context.goldens.find(getVolumeId(source))?.contentKey === contentKey) {
      await startServer(context, cluster);
      const server = context.servers.get(volumeId)?.server;
      await server?.readAhead(source.databaseName);
      if (server) {
        const { resourceId, port } = cluster;
        context.spares.add(source.resourceId, { resourceId, port, server: server.record, contentKey });
        return true;
      }
    }
  } catch (error) {
    context.settings.log(`a spare of ${source.id}: ${getMessage(error)}`);
  }
  await removeVolume(context, cluster);
  return false;
}

/** As the record of a clone would be, for everything that is made for it. */
async function makeSpareCluster(context: Context, source: ClusterRecord): Promise<ClusterRecord> {
  const resourceId = makeResourceId('cluster');
  return {
    ...source,
    id: nameSpare({ resourceId }),
    resourceId,
    port: await context.ports.reserve(),
    origin: { kind: 'restore', sourceResourceId: source.resourceId, restoreType: 'copy-on-write' },
    tags: {},
    server: undefined,
    hasHadReaders: undefined,
    writerId: undefined,
  };
}
