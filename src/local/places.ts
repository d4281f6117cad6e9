// Where the files of a cluster's server are, below the data folder.
import { join } from 'node:path';
import { FactoryError } from '../errors.ts';
import type { Engine, ServerPlace } from './engine/engine.ts';
import { findEngine } from './engine/engines.ts';
import { readDurableTag } from './own-tags.ts';
import { type Context, getVolumeId } from './reconcile/context.ts';
import type { ClusterRecord } from './records.ts';

export function getConfigFolder(dataDir: string): string {
  return join(dataDir, 'config');
}

export function getLogFolder(dataDir: string): string {
  return join(dataDir, 'logs');
}

export function getLogFile(dataDir: string, clusterId: string): string {
  return join(getLogFolder(dataDir), `${clusterId}.log`);
}

/** The name of a cluster has no dots. */
export function getReaderLogFile(dataDir: string, instanceId: string): string {
  return join(getLogFolder(dataDir), `reader.${instanceId}.log`);
}

/** Throws ENGINE_MISSING when no installed engine can read the cluster's data. */
export function getEngine(context: Context, cluster: ClusterRecord): Engine {
  const engine = findEngine(context.engines, cluster.engine, cluster.engineVersion);
  if (engine) return engine;
  const message = `${cluster.engine} ${cluster.engineVersion} is not installed on this machine`;
  throw new FactoryError('ENGINE_MISSING', message, { hint: 'Install it and start the local RDS again.' });
}

/** Where the server of a cluster runs; its volume is opened. */
export async function openPlace(context: Context, cluster: ClusterRecord): Promise<ServerPlace> {
  const volumeId = getVolumeId(cluster);
  const { dataDir } = context.settings;
  return {
    ...(await context.driver.openVolume(volumeId, isDurable(context, cluster))),
    configDir: join(getConfigFolder(dataDir), volumeId),
    logFile: getLogFile(dataDir, cluster.id),
    name: cluster.id,
    port: cluster.port,
    isListening: true,
    isDurable: isDurable(context, cluster),
    isFollowed: cluster.hasHadReaders,
  };
}

/** Clones can be made again, unless they are to last; the cluster of a snapshot may be gone. For servers that start now. */
export function isDurable({ settings }: Pick<Context, 'settings'>, cluster: ClusterRecord): boolean {
  const byItself = cluster.origin.kind !== 'restore' || (settings.areCopiesDurable ?? false);
  return readDurableTag(cluster) ?? byItself;
}

/** For a server that nobody outside connects to: its port is no more than the name of its socket. */
export async function openBuildPlace(context: Context, volumeId: string): Promise<ServerPlace> {
  const { dataDir } = context.settings;
  return {
    ...(await context.driver.openVolume(volumeId, false)),
    configDir: join(getConfigFolder(dataDir), volumeId),
    logFile: join(getLogFolder(dataDir), 'builds.log'),
    name: volumeId,
    port: context.pickBuildPort(),
    isListening: false,
    isDurable: false,
  };
}
