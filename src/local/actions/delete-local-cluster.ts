// DeleteLocalCluster, a call of our own: gives up a cluster with its instances, in one step. Its clones keep their data.
import { Fault, invalidClusterState } from '../faults.ts';
import { required, text } from '../parameters.ts';
import type { ClusterRecord } from '../records.ts';
import { makeJsonAction } from './action.ts';
import { getCluster } from './references.ts';

/** Nothing is under way with it; one that was stopped, or whose removal goes on already, can go as well. */
const SETTLED = /^(available|stopped|deleting)$|failed|storage-full|inaccessible|incompatible/;

export const deleteLocalCluster = makeJsonAction(
  'DeleteLocalCluster',
  { DBClusterIdentifier: required(text) },
  async (input, context) => {
    const { id, resourceId } = getCluster(context, input.DBClusterIdentifier);
    await context.store.clusters.update(id, (cluster) => {
      checkDeletable(cluster);
      if (cluster.status === 'deleting') return cluster;
      return { ...cluster, status: 'deleting', statusSince: context.now().toISOString() };
    });
    context.databases.wake(id);
    return { clusterId: id, resourceId };
  },
);

function checkDeletable({ id, status, settings }: ClusterRecord): void {
  if (settings.deletionProtection)
    throw new Fault('OperationNotPermitted', `DBCluster ${id} has deletion protection.`);
  if (SETTLED.test(status)) return;
  throw invalidClusterState(`DBCluster ${id} is ${status}, and can be deleted when that is over.`);
}
