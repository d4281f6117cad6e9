// Brings one snapshot to what its record asks for: makes its volume, moves its status on, removes it.
// A snapshot is a fork that no server ever runs on, so restoring it is another fork, also when its cluster is gone.
import { FactoryError } from '../../errors.ts';
import { isSnapshotNeeded } from '../dependents.ts';
import type { SnapshotRecord } from '../records.ts';
import { describeFailure, moveSnapshot, reportSnapshot } from './changes.ts';
import { type Context, findByResourceId } from './context.ts';
import { forkCluster } from './forks.ts';

/** A cluster or snapshot that is busy for longer than that is a failure. */
const SOURCE_TIMEOUT_MS = 600_000;

/** The caller has the snapshot's turn. */
export async function reconcileSnapshot(context: Context, id: string): Promise<void> {
  const snapshot = context.store.snapshots.get(id);
  if (snapshot?.status === 'deleting') return await removeSnapshot(context, snapshot);
  if (!snapshot || !/^(creating|copying)$/.test(snapshot.status)) return;
  if (snapshot.isVolumeReady || (await makeSnapshot(context, snapshot))) await finish(context, snapshot);
}

/** `targetId` becomes a volume that begins as the snapshot. */
export async function forkSnapshot(
  context: Context,
  snapshotVolumeId: string,
  targetId: string,
): Promise<void> {
  await takeReady(context, snapshotVolumeId, async () => {
    await context.driver.forkGolden(snapshotVolumeId, targetId, false);
  });
}

/** False when it failed, which the record and an event say. */
async function makeSnapshot(context: Context, snapshot: SnapshotRecord): Promise<boolean> {
  const { id, volumeId, status, copyOf } = snapshot;
  try {
    if (copyOf) await copySnapshot(context, copyOf.volumeId, volumeId);
    else await takeSnapshot(context, snapshot);
  } catch (error) {
    const notice = describeFailure('Unable to make the DB cluster snapshot', error);
    context.settings.log(`snapshot ${id}: ${notice.message}`);
    await context.driver.remove(volumeId);
    reportSnapshot(context, snapshot, notice);
    await moveSnapshot(context, id, status, 'failed');
    wakeSource(context, snapshot);
    return false;
  }
  await context.store.snapshots.update(id, (record) => ({ ...record, isVolumeReady: true }));
  wakeSource(context, snapshot);
  return true;
}

async function takeSnapshot(context: Context, { cluster, volumeId }: SnapshotRecord): Promise<void> {
  const fork = async () => {
    const source = findByResourceId(context, cluster.resourceId);
    if (!source?.isVolumeReady) throw new FactoryError('NOT_FOUND', `the DB cluster ${cluster.id} is gone`);
    await forkCluster(context, source, { id: volumeId, isFor: 'snapshot' });
  };
  await context.turns.take(cluster.resourceId, fork, SOURCE_TIMEOUT_MS);
  await context.driver.closeVolume(volumeId);
}

/** A golden of it, not a fork: copies of copies are no deeper. */
async function copySnapshot(context: Context, sourceVolumeId: string, volumeId: string): Promise<void> {
  await takeReady(context, sourceVolumeId, async () => {
    await context.driver.makeGolden(sourceVolumeId, volumeId, () => false);
  });
}

async function takeReady(context: Context, volumeId: string, work: () => Promise<void>): Promise<void> {
  const workIfReady = async () => {
    const snapshot = findByVolume(context, volumeId);
    if (!snapshot?.isVolumeReady) throw new FactoryError('NOT_FOUND', 'the DB cluster snapshot is gone');
    await work();
    return snapshot.id;
  };
  const id = await context.turns.take(volumeId, workIfReady, SOURCE_TIMEOUT_MS);
  context.snapshotWakes.wake(id); // it may wait to be deleted
}

function findByVolume(context: Context, volumeId: string): SnapshotRecord | undefined {
  return context.store.snapshots.list().find((snapshot) => snapshot.volumeId === volumeId);
}

/** It may wait to be deleted. */
function wakeSource(context: Context, { copyOf, cluster }: SnapshotRecord): void {
  const source = copyOf ? undefined : findByResourceId(context, cluster.resourceId);
  if (source) context.wake(source.id);
}

/** A status under way has to be seen for a while. */
async function finish(context: Context, snapshot: SnapshotRecord): Promise<void> {
  const waitMs = Date.parse(snapshot.statusSince) + context.settings.paceMs - Date.now();
  if (waitMs > 0) return context.snapshotWakes.wakeIn(snapshot.id, waitMs);
  reportSnapshot(context, snapshot, { categories: ['backup'], message: 'Manual cluster snapshot created' });
  await moveSnapshot(context, snapshot.id, snapshot.status, 'available');
}

async function removeSnapshot(context: Context, snapshot: SnapshotRecord): Promise<void> {
  if (isSnapshotNeeded(context.store, snapshot)) return;
  await context.driver.remove(snapshot.volumeId);
  await context.store.snapshots.remove(snapshot.id);
}
