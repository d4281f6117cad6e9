// Brings one cluster to what its record asks for: looks, takes the next step, looks again, until nothing is left.
// Whatever was under way when a process ended is found again by looking, so there is nothing else to resume.
import { findAccessRules, getAccessKey } from './access.ts';
import { changeCluster, moveCluster, moveInstance, reportCluster, reportInstance } from './changes.ts';
import { type Context, getVolumeId } from './context.ts';
import { isClusterNeeded, isFinalSnapshotLost } from './dependents.ts';
import { findNextReaderStep, type ReaderFacts } from './next-reader-step.ts';
import { type ClusterFacts, DOWN, findNextStep, type ServerFacts } from './next-step.ts';
import { READER_ADDRESS } from './reader-endpoints.ts';
import { getFollowerName, getReaderVolumeId, removeReader, takeReaderStep } from './readers.ts';
import type { ClusterRecord, InstanceRecord } from './records.ts';
import { removeVolume } from './remove-volume.ts';
import type { RunningServer } from './servers.ts';
import { findStatusChanges, type StatusChange } from './status.ts';
import { takeStep } from './steps.ts';
import { findWriter } from './writer.ts';

/** The caller has the cluster's turn. */
export async function reconcileCluster(context: Context, clusterId: string): Promise<void> {
  for (;;) {
    const facts = gatherFacts(context, clusterId);
    if (!facts) return;
    const step = findNextStep(facts);
    if (step) await takeStep(context, facts, step);
    else if (!(await moveStatuses(context, facts)) && !(await tendReaders(context, facts))) return;
  }
}

/** Last: a writer does not wait for its readers. False when nothing was left to do. */
async function tendReaders(context: Context, facts: ClusterFacts): Promise<boolean> {
  const { cluster } = facts;
  const next = findNextReaderStep(facts);
  if (next) await takeReaderStep(context, cluster, next.reader, next.step);
  else if (cluster.hasHadReaders) await setReaderEndpoint(context, facts);
  return next !== undefined;
}

/** Where there is no reader, the writer answers. */
async function setReaderEndpoint(
  context: Context,
  { cluster, server, readers }: ClusterFacts,
): Promise<void> {
  const open = readers.flatMap((reader) =>
    reader.server?.accessKey === undefined ? [] : [reader.server.port],
  );
  const targets = open.length > 0 ? open : [cluster.port];
  const wanted = server && { port: cluster.port, targets };
  const isOpen = await context.readerEndpoints.set(cluster.resourceId, wanted);
  if (!wanted) return;
  const readerAddress = isOpen ? READER_ADDRESS : undefined;
  if (readerAddress !== cluster.readerAddress)
    await changeCluster(context, cluster.id, (record) => ({ ...record, readerAddress }));
}

function gatherFacts(context: Context, clusterId: string): ClusterFacts | undefined {
  const { store } = context;
  const cluster = store.clusters.get(clusterId);
  if (!cluster) return undefined;
  const running = context.servers.get(getVolumeId(cluster));
  const instances = store.instances.list().filter((instance) => instance.clusterId === clusterId);
  const writer = findWriter(cluster, instances);
  return {
    cluster,
    instances,
    writer,
    readers: gatherReaders(context, instances, writer),
    server: running && { ...describeServer(running), followersKey: running.followersKey },
    followersKey: listFollowers(instances, writer).join(' '),
    accessKey: getAccessKey(findAccessRules(store, cluster)),
    isNeeded: isClusterNeeded(store, cluster),
    isFinalSnapshotLost: isFinalSnapshotLost(store, cluster),
    failures: context.failures.get(getVolumeId(cluster)) ?? [],
    nowMs: Date.now(),
    prestartMs: context.settings.prestartMs,
  };
}

function gatherReaders(
  context: Context,
  instances: readonly InstanceRecord[],
  writer: InstanceRecord | undefined,
): readonly ReaderFacts[] {
  return instances
    .filter((instance) => instance !== writer || instance.reader?.isVolumeReady)
    .map((instance) => {
      const running = context.servers.get(getReaderVolumeId(instance));
      const writerPort = running?.place.follows?.port;
      return {
        instance,
        server: running && { ...describeServer(running), writerPort },
        failures: context.failures.get(getReaderVolumeId(instance)) ?? [],
      };
    });
}

/** Also those that are to go, until their servers are gone. */
function listFollowers(
  instances: readonly InstanceRecord[],
  writer: InstanceRecord | undefined,
): readonly string[] {
  return instances
    .filter(
      (instance) => instance.reader?.isVolumeReady || (instance !== writer && !DOWN.test(instance.status)),
    )
    .map(getFollowerName)
    .sort();
}

function describeServer({ server, accessKey }: RunningServer): ServerFacts {
  return { port: server.port, startedAtMs: server.startedAtMs, accessKey };
}

/** False when nothing moved now; what is due later wakes the cluster again. */
async function moveStatuses(context: Context, facts: ClusterFacts): Promise<boolean> {
  const changes = findStatusChanges(facts);
  const waitMs = (change: StatusChange) =>
    change.since === undefined ? 0 : Date.parse(change.since) + context.settings.paceMs - facts.nowMs;
  const due = changes.filter((change) => waitMs(change) <= 0);
  await Promise.all(due.map(async (change) => await applyChange(context, facts, change)));
  if (due.length === 0 && changes.length > 0) {
    context.wakeIn(facts.cluster.id, Math.min(...changes.map(waitMs)));
  }
  return due.length > 0;
}

/** A secret that is left by a crash between the two goes with the next start. */
async function removeRecords({ store }: Context, { id }: ClusterRecord): Promise<void> {
  const secret = store.clusters.get(id)?.masterUserSecret;
  await store.clusters.remove(id);
  if (secret !== undefined) await store.secrets.remove(secret);
}

/** Whoever sees the new status finds the event, too. */
async function applyChange(context: Context, facts: ClusterFacts, change: StatusChange): Promise<void> {
  const { cluster } = facts;
  if (change.kind === 'db-cluster') {
    if (change.to === 'removed') await removeVolume(context, cluster);
    if (change.notice) reportCluster(context, cluster, change.notice);
    if (change.to === 'removed') {
      await removeRecords(context, cluster);
      await context.readerEndpoints.set(cluster.resourceId, undefined);
      context.ports.release(cluster.port); // whatever takes its place may have it
    } else context.goOn(moveCluster(context, cluster.id, cluster.status, change.to));
    return context.watchers.notify(cluster.id);
  }
  const instance = facts.instances.find(({ id }) => id === change.id);
  if (!instance) return;
  if (change.notice) reportInstance(context, instance, change.notice);
  if (change.to === 'removed') {
    await removeReader(context, instance);
    await context.store.instances.remove(instance.id);
    if (instance.reader) context.ports.release(instance.reader.port);
  } else context.goOn(moveInstance(context, instance.id, instance.status, change.to));
  context.watchers.notify(cluster.id);
}
