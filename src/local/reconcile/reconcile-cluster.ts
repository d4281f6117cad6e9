// Brings one cluster to what its record asks for: looks, takes the next step, looks again, until nothing is left.
// Whatever was under way when a process ended is found again by looking, so there is nothing else to resume.

import { gatherFacts } from '../cluster-facts.ts';
import type { ClusterRecord } from '../records.ts';
import { changeCluster, moveCluster, moveInstance, reportCluster, reportInstance } from './changes.ts';
import type { Context } from './context.ts';
import { findNextReaderStep } from './next-reader-step.ts';
import { type ClusterFacts, findNextStep } from './next-step.ts';
import { removeReader, takeReaderStep } from './readers.ts';
import { removeVolume } from './remove-volume.ts';
import { findStatusChanges, type StatusChange } from './status.ts';
import { takeStep } from './steps.ts';

/** The caller has the cluster's turn. */
export async function reconcileCluster(context: Context, clusterId: string): Promise<void> {
  for (;;) {
    const facts = gatherFacts(context, clusterId);
    if (!facts) return;
    const step = findNextStep(facts);
    if (step) await takeStep(context, facts, step);
    else if (!(await moveOn(context, facts))) return;
  }
}

/** Readers last: a writer does not wait for them. False when nothing was left to do. */
async function moveOn(context: Context, facts: ClusterFacts): Promise<boolean> {
  if (facts.cluster.hasHadReaders) await setReaderEndpoint(context, facts);
  if (await moveStatuses(context, facts)) return true;
  const next = findNextReaderStep(facts);
  if (next) await takeReaderStep(context, facts.cluster, next.reader, next.step);
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
  const readerAddress = isOpen ? context.readerEndpoints.address : undefined;
  if (readerAddress !== cluster.readerAddress)
    await changeCluster(context, cluster.id, (record) => ({ ...record, readerAddress }));
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
