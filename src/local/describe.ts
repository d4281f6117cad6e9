// Reports what runs where, for `local status`.
import { type Context, getVolumeId } from './context.ts';
import type { ClusterReport, EngineVersion } from './databases.ts';
import type { Engine } from './engine/engine.ts';
import { getLogFile } from './places.ts';
import type { ClusterRecord, EngineFamily } from './records.ts';

const PRODUCTS: Readonly<Record<EngineFamily, string>> = {
  'aurora-postgresql': 'PostgreSQL',
  'aurora-mysql': 'MariaDB',
};

export function describeEngine(engine: Engine): EngineVersion & { readonly folder: string } {
  const { family, version, majorVersion, folder } = engine;
  return { engine: family, version, majorVersion, description: `${PRODUCTS[family]} ${version}`, folder };
}

export async function describeCluster(context: Context, cluster: ClusterRecord): Promise<ClusterReport> {
  const volumeId = getVolumeId(cluster);
  // It may be removed at this very moment.
  const size = await context.driver.measureVolume(volumeId).catch(() => undefined);
  return {
    id: cluster.id,
    status: cluster.status,
    port: cluster.port,
    serverPid: context.servers.get(volumeId)?.server.record.pid,
    logFile: getLogFile(context.settings.dataDir, cluster.id),
    ownBytes: size?.ownBytes,
    apparentBytes: size?.apparentBytes,
    goldenId: context.goldens.find(volumeId)?.id,
  };
}
