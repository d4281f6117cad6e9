// FailoverDBCluster: a reader becomes the writer.
import { invalidClusterState, invalidInstanceState } from '../faults.ts';
import { required, text } from '../parameters.ts';
import type { ClusterRecord, InstanceRecord } from '../records.ts';
import { pickNext } from '../writer.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import { getCluster, getInstance, isWriter, listMembers } from './references.ts';

export const failoverDBCluster = makeAction(
  'rds',
  'FailoverDBCluster',
  { DBClusterIdentifier: required(text), TargetDBInstanceIdentifier: text },
  async (input, context) => {
    const { id } = getCluster(context, input.DBClusterIdentifier);
    const changed = await context.store.clusters.update(id, (cluster) => {
      checkAvailable(cluster);
      const target = input.TargetDBInstanceIdentifier;
      const writer = target ? getTarget(context, cluster, target) : getNext(context, cluster);
      const statusSince = context.now().toISOString();
      return { ...cluster, writerId: writer.id, status: 'failing-over', statusSince };
    });
    context.databases.wake(id);
    return { DBCluster: formatCluster(context, changed) };
  },
);

function checkAvailable({ id, status }: ClusterRecord): void {
  if (status === 'available') return;
  throw invalidClusterState(`DBCluster ${id} is not currently in the available state.`);
}

function getTarget(context: ActionContext, cluster: ClusterRecord, idOrArn: string): InstanceRecord {
  const instance = getInstance(context, idOrArn);
  if (instance.clusterId !== cluster.id) {
    throw invalidInstanceState(`DB instance ${instance.id} is not a member of DBCluster ${cluster.id}.`);
  }
  if (isWriter(context, instance)) {
    throw invalidInstanceState(
      `DB instance ${instance.id} is already the writer of DBCluster ${cluster.id}.`,
    );
  }
  if (instance.status !== 'available') {
    throw invalidInstanceState(`DB instance ${instance.id} is not in available state.`);
  }
  return instance;
}

function getNext(context: ActionContext, cluster: ClusterRecord): InstanceRecord {
  const readers = listMembers(context, cluster.id).filter(
    (instance) => instance.status === 'available' && !isWriter(context, instance),
  );
  const next = pickNext(readers);
  if (next) return next;
  throw invalidClusterState(`DBCluster ${cluster.id} has no reader that is available to fail over to.`);
}
