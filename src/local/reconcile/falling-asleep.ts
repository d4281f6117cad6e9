// Finds the servers that nobody has used for a while and puts them to sleep: the cluster stays available, its port held.

import { readLastUses } from '../figures/connections.ts';
import type { ClusterRecord } from '../records.ts';
import type { LocalSettings } from '../settings.ts';
import { changeCluster } from './changes.ts';
import { type Context, getVolumeId } from './context.ts';
import { stopServer } from './servers.ts';

/** What a cluster says of itself goes before; for all others only clones sleep, as they are many. Undefined: never. */
export function findSleepAfterMs(
  { settings, origin }: Pick<ClusterRecord, 'settings' | 'origin'>,
  sleepAfterMs: LocalSettings['sleepAfterMs'],
): number | undefined {
  const { serverlessV2 } = settings;
  if (serverlessV2?.min === 0) return (serverlessV2.secondsUntilAutoPause ?? DEFAULT_PAUSE_S) * 1000;
  return origin.kind === 'restore' ? sleepAfterMs : undefined;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html */
const DEFAULT_PAUSE_S = 300;

/** To be called again and again; `usedAt` is what it knows of the last time, in milliseconds since 1970, by volume. */
export async function putIdleToSleep(context: Context, usedAt: Map<string, number>): Promise<void> {
  const candidates = context.store.clusters.list().filter((cluster) => canSleep(context, cluster));
  for (const volumeId of usedAt.keys()) {
    if (!candidates.some((cluster) => getVolumeId(cluster) === volumeId)) usedAt.delete(volumeId);
  }
  const uses = candidates.length > 0 ? await readLastUses() : undefined;
  if (!uses) return;
  const nowMs = Date.now();
  const idle = candidates.filter((cluster) => {
    const volumeId = getVolumeId(cluster);
    const agoMs = uses.get(cluster.port) ?? Number.POSITIVE_INFINITY;
    usedAt.set(volumeId, Math.max(usedAt.get(volumeId) ?? nowMs, nowMs - agoMs));
    const limitMs = findSleepAfterMs(cluster, context.settings.sleepAfterMs) ?? Number.POSITIVE_INFINITY;
    return nowMs - (usedAt.get(volumeId) ?? nowMs) >= limitMs;
  });
  await Promise.all(
    idle.map(({ id, resourceId }) => context.turns.take(resourceId, () => fallAsleep(context, id))),
  );
}

/** Nothing is under way with it; readers follow a writer that is awake. */
function canSleep(context: Context, cluster: ClusterRecord): boolean {
  const isSettled = context.store.instances
    .list()
    .every(({ clusterId, status }) => clusterId !== cluster.id || status === 'available');
  return (
    isSettled &&
    cluster.status === 'available' &&
    !cluster.hasHadReaders &&
    context.servers.get(getVolumeId(cluster))?.accessKey !== undefined &&
    findSleepAfterMs(cluster, context.settings.sleepAfterMs) !== undefined
  );
}

async function fallAsleep(context: Context, clusterId: string): Promise<void> {
  const cluster = context.store.clusters.get(clusterId);
  if (!cluster || !canSleep(context, cluster)) return;
  if ((await readLastUses())?.get(cluster.port) === 0) return;
  const volumeId = getVolumeId(cluster);
  await stopServer(context, volumeId);
  await changeCluster(context, clusterId, ({ server: _, ...record }) => record);
  try {
    await context.sleepers.hold(volumeId, cluster.port, () => context.wake(clusterId));
    context.settings.log(`cluster ${clusterId} sleeps`);
  } finally {
    context.wake(clusterId); // whatever was asked for meanwhile, or could not be held
  }
}
