// Writes new statuses and events into the records.
import { getMessage } from '../../errors.ts';
import type { ClusterRecord, EventRecord, InstanceRecord, SnapshotRecord } from '../records.ts';
import type { Context } from './context.ts';
import type { Notice } from './status.ts';

export async function changeCluster(
  context: Context,
  id: string,
  change: (record: ClusterRecord) => ClusterRecord,
): Promise<void> {
  if (context.store.clusters.get(id)) await context.store.clusters.update(id, change);
}

/** Only if the status is still `from`: an action may have asked for something else by now. */
export async function moveCluster(context: Context, id: string, from: string, to: string): Promise<void> {
  const writing = changeCluster(context, id, (record) => moveStatus(record, from, to));
  context.watchers.notify(id);
  await writing;
}

export async function moveInstance(context: Context, id: string, from: string, to: string): Promise<void> {
  const instance = context.store.instances.get(id);
  if (!instance) return;
  const writing = context.store.instances.update(id, (record) => moveStatus(record, from, to));
  context.watchers.notify(instance.clusterId);
  await writing;
}

export async function moveSnapshot(context: Context, id: string, from: string, to: string): Promise<void> {
  if (!context.store.snapshots.get(id)) return;
  await context.store.snapshots.update(id, (record) => moveStatus(record, from, to));
}

export function reportCluster(context: Context, cluster: ClusterRecord, notice: Notice): void {
  report(context, 'db-cluster', cluster, notice);
}

export function reportInstance(context: Context, instance: InstanceRecord, notice: Notice): void {
  report(context, 'db-instance', instance, notice);
}

export function reportSnapshot(context: Context, snapshot: SnapshotRecord, notice: Notice): void {
  report(context, 'db-cluster-snapshot', snapshot, notice);
}

/** What a person should know of a failure, for an event. */
export function describeFailure(doing: string, error: unknown): Notice {
  return { categories: ['failure'], message: `${doing}: ${getMessage(error)}` };
}

/** The disk of the pool is full, whoever says so: a driver, the file system or an engine. */
export function isDiskFull(error: unknown): boolean {
  return /DISK_FULL|ENOSPC|No space left/i.test(`${(error as { code?: string }).code} ${getMessage(error)}`);
}

function moveStatus<T extends { readonly status: string }>(record: T, from: string, to: string): T {
  return record.status === from ? { ...record, status: to, statusSince: new Date().toISOString() } : record;
}

function report(
  context: Context,
  sourceType: EventRecord['sourceType'],
  record: { readonly id: string; readonly arn: string },
  notice: Notice,
): void {
  const at = new Date().toISOString();
  context.store.addEvent({ at, sourceType, sourceId: record.id, sourceArn: record.arn, ...notice });
}
