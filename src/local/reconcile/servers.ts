// The running servers: at most one per volume. Starts, adopts and stops them; sees when one dies by itself.

import type { Server, ServerPlace } from '../engine/engine.ts';
import { getEngine, openPlace } from '../places.ts';
import type { ClusterRecord, EngineFamily } from '../records.ts';
import { type Context, getVolumeId } from './context.ts';

export interface RunningServer {
  readonly server: Server;
  readonly place: ServerPlace;
  /** Of the access rules in force; undefined while nobody is let in, or it is not known who. */
  accessKey: string | undefined;
  /** Of the readers that may follow; undefined while it is not known which. */
  followersKey?: string | undefined;
}

const DIES_YOUNG_MS = 2000;

export async function startServer(context: Context, cluster: ClusterRecord): Promise<void> {
  context.copyTerms.delete(getVolumeId(cluster));
  const place = await openPlace(context, cluster);
  const engine = getEngine(context, cluster);
  const starting = context.limitStarts(() => engine.start(place));
  const server = await countStart(context, engine.family, starting);
  addServer(context, getVolumeId(cluster), place, server);
}

async function countStart<T>(context: Context, engine: EngineFamily, starting: Promise<T>): Promise<T> {
  void starting.then(
    () => context.metrics.countStart(engine, true),
    () => context.metrics.countStart(engine, false),
  );
  return await starting;
}

/** Takes over a server that an earlier process of ours started. */
export async function adoptServer(context: Context, cluster: ClusterRecord): Promise<void> {
  const place = await openPlace(context, cluster);
  const server = await getEngine(context, cluster).find(place);
  if (server) addServer(context, getVolumeId(cluster), place, server);
  else await context.driver.closeVolume(getVolumeId(cluster));
}

export async function stopServer(context: Context, volumeId: string): Promise<void> {
  await context.sleepers.dismiss(volumeId);
  const running = context.servers.get(volumeId);
  if (!running) return;
  context.servers.delete(volumeId);
  await running.server.stop();
  await context.driver.closeVolume(volumeId);
}

export function addServer(context: Context, volumeId: string, place: ServerPlace, server: Server): void {
  context.servers.set(volumeId, { server, place, accessKey: undefined });
  void server.ended.then(() => {
    if (context.servers.get(volumeId)?.server !== server) return;
    context.servers.delete(volumeId);
    // One that served for a while was ended from outside; only one that dies young shows that it cannot live.
    if (Date.now() - server.startedAtMs < DIES_YOUNG_MS) addFailure(context, volumeId);
    else context.failures.delete(volumeId);
    const clusterId = findClusterId(context, volumeId);
    if (clusterId !== undefined) context.wake(clusterId);
  });
}

/** Of the cluster whose volume it is, or that of one of its readers. */
function findClusterId({ store }: Context, volumeId: string): string | undefined {
  const isOwner = (record: { readonly resourceId: string }) => getVolumeId(record) === volumeId;
  return store.clusters.list().find(isOwner)?.id ?? store.instances.list().find(isOwner)?.clusterId;
}

export function addFailure(context: Context, volumeId: string): void {
  context.failures.set(volumeId, [...(context.failures.get(volumeId) ?? []), Date.now()]);
}
