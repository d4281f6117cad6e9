// Reports what runs where, for `local status` and for metrics. Only looks; no server is asked.
import { statfs } from 'node:fs/promises';
import type { ClusterReport, Databases, DiskReport, EngineVersion, ReaderReport } from '../databases.ts';
import type { Engine } from '../engine/engine.ts';
import { getLogFile, getReaderLogFile, isDurable } from '../places.ts';
import { findStartedAt } from '../processes.ts';
import { type Context, findByResourceId, getVolumeId } from '../reconcile/context.ts';
import { getReaderVolumeId } from '../reconcile/readers.ts';
import type { ClusterRecord, EngineFamily } from '../records.ts';
import type { VolumeSize } from '../storage/driver.ts';
import type { OpenStorage } from '../storage/drivers.ts';
import { findWriter } from '../writer.ts';
import { type Connections, readConnections } from './connections.ts';
import type { Readings } from './readings.ts';
import type { Usage } from './usage.ts';

const PRODUCTS: Readonly<Record<EngineFamily, string>> = {
  'aurora-postgresql': 'PostgreSQL',
  'aurora-mysql': 'MariaDB',
};

export function describeEngine(engine: Engine): EngineVersion & { readonly folder: string } {
  const { family, version, majorVersion, folder } = engine;
  const description = `${PRODUCTS[family]} ${version}`;
  return { engine: family, version, majorVersion, description, folder };
}

export function makeDescribe(context: Context, storage: OpenStorage, usage: Usage): Databases['describe'] {
  const { sizes, memory } = usage;
  return async (isPatient = true) => {
    const connections = await readConnections();
    const clusters = context.store.clusters.list();
    const look = async <K, T>(readings: Readings<K, T>, key: K): Promise<T | undefined> =>
      isPatient ? await readings.get(key) : readings.peek(key);
    const reports = clusters.map(async (cluster) => {
      const volumeId = getVolumeId(cluster);
      const pid = context.servers.get(volumeId)?.server.record.pid;
      const size = cluster.isVolumeReady ? await look(sizes, volumeId) : undefined;
      const memoryBytes = pid === undefined ? undefined : await look(memory, pid);
      return await describeCluster(context, cluster, { connections, size, memoryBytes });
    });
    const snapshots = context.store.snapshots.list();
    sizes.keepOnly([...clusters.map(getVolumeId), ...snapshots.map(({ volumeId }) => volumeId)]);
    memory.keepOnly([...context.servers.values()].map(({ server }) => server.record.pid));
    return {
      driver: { name: storage.driver.name, reason: storage.reason },
      disk: await describeDisk(storage),
      engines: context.engines.map(describeEngine),
      clusters: await Promise.all(reports),
      usage: await usage.report(),
    };
  };
}

async function describeDisk({ folder, isPool }: OpenStorage): Promise<DiskReport> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { folder, isPool, sizeBytes: blocks * bsize, freeBytes: bavail * bsize };
}

interface Seen {
  readonly connections: Connections | undefined;
  readonly size: VolumeSize | undefined;
  readonly memoryBytes: number | undefined;
}

async function describeCluster(
  context: Context,
  cluster: ClusterRecord,
  { connections, size, memoryBytes }: Seen,
): Promise<ClusterReport> {
  const volumeId = getVolumeId(cluster);
  const process = context.servers.get(volumeId)?.server.record;
  return {
    id: cluster.id,
    status: cluster.status,
    engine: cluster.engine,
    engineVersion: cluster.engineVersion,
    sourceId: findSourceId(context, cluster),
    isDurable: isDurable(context, cluster),
    port: cluster.port,
    serverPid: process?.pid,
    startedAt: process && (await findStartedAt(process))?.toISOString(),
    memoryBytes,
    connections: process && connections?.(cluster.port),
    logFile: getLogFile(context.settings.dataDir, cluster.id),
    ownBytes: size?.ownBytes,
    sharedBytes: size && Math.max(0, size.apparentBytes - size.ownBytes),
    apparentBytes: size?.apparentBytes,
    goldenId: context.goldens.find(volumeId)?.id,
    isAsleep: context.sleepers.isAsleep(volumeId),
    spares: context.spares.list(cluster.resourceId).length,
    readers: describeReaders(context, cluster),
  };
}

function describeReaders(context: Context, cluster: ClusterRecord): readonly ReaderReport[] {
  const members = context.store.instances.list().filter(({ clusterId }) => clusterId === cluster.id);
  const writer = findWriter(cluster, members);
  return members.flatMap((instance) => {
    if (instance === writer || !instance.reader) return [];
    const { id, status, reader } = instance;
    const serverPid = context.servers.get(getReaderVolumeId(instance))?.server.record.pid;
    const logFile = getReaderLogFile(context.settings.dataDir, id);
    return [{ id, status, port: reader.port, serverPid, logFile }];
  });
}

/** Undefined for one that began empty, and when its source is gone. */
function findSourceId(context: Context, { origin }: ClusterRecord): string | undefined {
  return origin.kind === 'restore' ? findByResourceId(context, origin.sourceResourceId)?.id : undefined;
}
