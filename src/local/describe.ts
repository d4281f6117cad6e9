// Reports what runs where, for `local status` and for metrics. Only looks; no server is asked.
import { statfs } from 'node:fs/promises';
import { type Connections, readConnections } from './connections.ts';
import { type Context, findByResourceId, getVolumeId } from './context.ts';
import type { ClusterReport, DatabasesReport, DiskReport, EngineVersion } from './databases.ts';
import type { Engine } from './engine/engine.ts';
import { getLogFile, isDurable } from './places.ts';
import { readMemoryBytes } from './process-memory.ts';
import { findStartedAt } from './processes.ts';
import type { ClusterRecord, EngineFamily } from './records.ts';
import type { OpenStorage } from './storage/drivers.ts';
import type { VolumeSizes } from './volume-sizes.ts';

const PRODUCTS: Readonly<Record<EngineFamily, string>> = {
  'aurora-postgresql': 'PostgreSQL',
  'aurora-mysql': 'MariaDB',
};

export function describeEngine(engine: Engine): EngineVersion & { readonly folder: string } {
  const { family, version, majorVersion, folder } = engine;
  return { engine: family, version, majorVersion, description: `${PRODUCTS[family]} ${version}`, folder };
}

export async function describeDatabases(
  context: Context,
  storage: OpenStorage,
  sizes: VolumeSizes,
  maxAgeMs: number,
): Promise<DatabasesReport> {
  const connections = await readConnections();
  const clusters = context.store.clusters
    .list()
    .map(async (cluster) => await describeCluster(context, cluster, { connections, sizes, maxAgeMs }));
  return {
    driver: { name: storage.driver.name, reason: storage.reason },
    disk: await describeDisk(storage),
    engines: context.engines.map(describeEngine),
    clusters: await Promise.all(clusters),
  };
}

async function describeDisk({ folder, isPool }: OpenStorage): Promise<DiskReport> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { folder, isPool, sizeBytes: blocks * bsize, freeBytes: bavail * bsize };
}

interface Looking {
  readonly connections: Connections | undefined;
  readonly sizes: VolumeSizes;
  readonly maxAgeMs: number;
}

async function describeCluster(
  context: Context,
  cluster: ClusterRecord,
  { connections, sizes, maxAgeMs }: Looking,
): Promise<ClusterReport> {
  const volumeId = getVolumeId(cluster);
  const process = context.servers.get(volumeId)?.server.record;
  const size = cluster.isVolumeReady ? await sizes.measure(volumeId, maxAgeMs) : undefined;
  return {
    id: cluster.id,
    status: cluster.status,
    engine: cluster.engine,
    engineVersion: cluster.engineVersion,
    sourceId: findSourceId(context, cluster),
    isDurable: isDurable(cluster),
    port: cluster.port,
    serverPid: process?.pid,
    startedAt: process && (await findStartedAt(process))?.toISOString(),
    memoryBytes: process && (await readMemoryBytes(process.pid)),
    connections: process && connections?.(cluster.port),
    logFile: getLogFile(context.settings.dataDir, cluster.id),
    ownBytes: size?.ownBytes,
    sharedBytes: size && Math.max(0, size.apparentBytes - size.ownBytes),
    apparentBytes: size?.apparentBytes,
    goldenId: context.goldens.find(volumeId)?.id,
  };
}

/** Undefined for one that began empty, and when its source is gone. */
function findSourceId(context: Context, { origin }: ClusterRecord): string | undefined {
  return origin.kind === 'restore' ? findByResourceId(context, origin.sourceResourceId)?.id : undefined;
}
