// Makes the record of a new snapshot, whatever asks for it: of a cluster as it is now, or of another snapshot.
import { makeArn } from '../arn.ts';
import { Fault } from '../faults.ts';
import { makeSnapshotVolumeId } from '../ids.ts';
import type { ClusterRecord, SnapshotCluster, SnapshotRecord } from '../records.ts';
import type { ActionContext } from './action.ts';
import { checkIdentifier } from './names.ts';

/** Everything about a new snapshot that its name and the clock do not say. */
export type NewSnapshot = Pick<SnapshotRecord, 'status' | 'copyOf' | 'cluster' | 'tags'>;

/** `parameter` is what the call names it by. */
export function checkNewSnapshotId(context: ActionContext, parameter: string, value: string): string {
  const id = checkIdentifier(parameter, value);
  if (context.store.snapshots.get(id)) {
    throw new Fault(
      'DBClusterSnapshotAlreadyExistsFault',
      `Cannot create the cluster snapshot because a snapshot with the identifier ${id} already exists.`,
    );
  }
  return id;
}

/** The name is a new one: nothing may be waited for between the check and this. */
export async function makeSnapshot(
  context: ActionContext,
  id: string,
  snapshot: NewSnapshot,
): Promise<SnapshotRecord> {
  const now = context.now().toISOString();
  const made = await context.store.snapshots.put({
    ...snapshot,
    id,
    arn: makeArn(context.place, 'cluster-snapshot', id),
    statusSince: now,
    createdAt: now,
    volumeId: makeSnapshotVolumeId(),
    isVolumeReady: false,
  });
  context.databases.wakeSnapshot(id);
  return made;
}

export function describeForSnapshot(cluster: ClusterRecord): SnapshotCluster {
  return {
    id: cluster.id,
    resourceId: cluster.resourceId,
    createdAt: cluster.createdAt,
    engine: cluster.engine,
    engineVersion: cluster.engineVersion,
    port: cluster.port,
    masterUsername: cluster.masterUsername,
    databaseName: cluster.databaseName,
    pendingVerifier: cluster.pendingVerifier,
    availabilityZones: cluster.availabilityZones,
    tags: cluster.tags,
    settings: cluster.settings,
  };
}
