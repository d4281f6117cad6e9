// What is still to be made from a cluster or a snapshot: until then it is not removed. Only reads records.
import type { ClusterRecord, SnapshotRecord } from './records.ts';
import type { Store } from './store.ts';

export function isClusterNeeded(store: Store, { resourceId }: ClusterRecord): boolean {
  const isNeededByClone = listUnmade(store).some(
    ({ origin }) => origin.kind === 'restore' && origin.sourceResourceId === resourceId,
  );
  const isNeededBySnapshot = store.snapshots
    .list()
    .some((snapshot) => isUnmade(snapshot) && !snapshot.copyOf && snapshot.cluster.resourceId === resourceId);
  return isNeededByClone || isNeededBySnapshot;
}

export function isSnapshotNeeded(store: Store, { volumeId }: SnapshotRecord): boolean {
  const isNeededByCluster = listUnmade(store).some(
    ({ origin }) => origin.kind === 'snapshot' && origin.snapshotVolumeId === volumeId,
  );
  const isNeededByCopy = store.snapshots
    .list()
    .some((snapshot) => isUnmade(snapshot) && snapshot.copyOf?.volumeId === volumeId);
  return isNeededByCluster || isNeededByCopy;
}

export function isFinalSnapshotLost(store: Store, { finalSnapshotId }: ClusterRecord): boolean {
  if (finalSnapshotId === undefined) return false;
  const snapshot = store.snapshots.get(finalSnapshotId);
  return !snapshot?.isVolumeReady && !(snapshot && isUnmade(snapshot));
}

function listUnmade(store: Store): readonly ClusterRecord[] {
  return store.clusters.list().filter(({ status, isVolumeReady }) => status === 'creating' && !isVolumeReady);
}

function isUnmade({ status, isVolumeReady }: SnapshotRecord): boolean {
  return (status === 'creating' || status === 'copying') && !isVolumeReady;
}
