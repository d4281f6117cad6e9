// What clusters and snapshots take of memory and disk together, from readings that are there anyway; and whether there is
// room for more. Servers that were asked for, or will be, and have not started yet count as idle ones.
import { statfs } from 'node:fs/promises';
import type { UsageReport } from '../databases.ts';
import { type Context, findByResourceId, getVolumeId } from '../reconcile/context.ts';
import type { ClusterRecord, EngineFamily } from '../records.ts';
import type { VolumeSize } from '../storage/driver.ts';
import type { OpenStorage } from '../storage/drivers.ts';
import { type Budgets, checkDisk, checkMemory, IDLE_SERVER_BYTES, makeBudgets } from './budgets.ts';
import { readMemoryBytes } from './process-memory.ts';
import { makeReadings, type Readings } from './readings.ts';

export interface Usage {
  /** By volume. */
  readonly sizes: Readings<string, VolumeSize>;
  /** By process. */
  readonly memory: Readings<number, number>;
  /** Throws QUOTA_EXCEEDED when a new cluster, or one more server, does not fit. */
  checkRoom(what: 'volume' | 'server', engine: EngineFamily): Promise<void>;
  report(): Promise<UsageReport>;
}

const STARTING = /^(creating|starting|rebooting)$/;

export function makeUsage(context: Context, storage: OpenStorage): Usage {
  const budgets = makeBudgets(context.settings);
  const sizes = makeReadings(async (volumeId: string) => await context.driver.measureVolume(volumeId));
  const memory = makeReadings(readMemoryBytes);
  const memoryUsed = () => sumMemory(context, memory, budgets);
  const diskUsed = async () => await sumDisk(context, storage, sizes);
  return {
    sizes,
    memory,
    async checkRoom(what, engine) {
      if (what === 'server') return checkMemory(budgets, memoryUsed(), IDLE_SERVER_BYTES[engine]);
      const usedBytes = budgets.diskBytes === undefined ? 0 : await diskUsed();
      await checkDisk(budgets, usedBytes, [storage.folder, context.settings.dataDir]);
    },
    report: async () => ({
      memoryBytes: budgets.memoryBytes,
      memoryUsedBytes: memoryUsed(),
      diskBytes: budgets.diskBytes,
      diskUsedBytes: await diskUsed(),
    }),
  };
}

/** Of every server, whatever for. As long as idle ones would fill less than half of the budget, nobody needs to know it better. */
function sumMemory(context: Context, memory: Readings<number, number>, { memoryBytes }: Budgets): number {
  const { clusters, instances } = context.store;
  const engines = new Map(clusters.list().map((cluster) => [getVolumeId(cluster), cluster.engine]));
  // Spares and readers are on no cluster's own volume; only PostgreSQL has them in numbers.
  const running = [...context.servers].map(([volumeId, { server }]) => ({
    pid: server.record.pid,
    idleBytes: IDLE_SERVER_BYTES[engines.get(volumeId) ?? 'aurora-postgresql'],
  }));
  const runningBytes = running.reduce((sum, { pid, idleBytes }) => sum + (memory.last(pid) ?? idleBytes), 0);
  const startingIds = new Set(
    instances.list().flatMap(({ status, clusterId }) => (STARTING.test(status) ? [clusterId] : [])),
  );
  const starting = clusters.list().flatMap((cluster) => {
    const isStarting = cluster.status === 'creating' || startingIds.has(cluster.id);
    return isStarting && !context.servers.has(getVolumeId(cluster))
      ? [IDLE_SERVER_BYTES[cluster.engine]]
      : [];
  });
  const usedBytes = starting.reduce((sum, idleBytes) => sum + idleBytes, runningBytes);
  if (usedBytes > memoryBytes / 2) for (const { pid } of running) memory.peek(pid);
  return usedBytes;
}

/** A pool holds nothing else. Elsewhere what is shared counts once, with the cluster that others were forked from. */
async function sumDisk(
  context: Context,
  { folder, isPool }: OpenStorage,
  sizes: Readings<string, VolumeSize>,
): Promise<number> {
  if (isPool) {
    const { blocks, bfree, bsize } = await statfs(folder);
    return (blocks - bfree) * bsize;
  }
  const ofClusters = context.store.clusters.list().map((cluster) => {
    const size = sizes.peek(getVolumeId(cluster));
    return (isForked(context, cluster) ? size?.ownBytes : size?.apparentBytes) ?? 0;
  });
  const ofSnapshots = context.store.snapshots
    .list()
    .map(({ volumeId }) => sizes.peek(volumeId)?.ownBytes ?? 0);
  return [...ofClusters, ...ofSnapshots].reduce((sum, bytes) => sum + bytes, 0);
}

function isForked(context: Context, { origin }: ClusterRecord): boolean {
  return origin.kind === 'restore' && findByResourceId(context, origin.sourceResourceId) !== undefined;
}
