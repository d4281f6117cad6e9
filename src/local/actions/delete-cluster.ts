// DeleteDBCluster: gives up a cluster that has no instances left.
import { invalidClusterState, invalidCombination, notSupported } from '../faults.ts';
import { boolean, type Input, required, text } from '../parameters.ts';
import type { ClusterRecord } from '../records.ts';
import type { XmlElement } from '../xml.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import { getCluster, listMembers } from './references.ts';

const PARAMETERS = {
  DBClusterIdentifier: required(text),
  SkipFinalSnapshot: boolean,
  FinalDBSnapshotIdentifier: text,
  DeleteAutomatedBackups: boolean,
} as const;

export const deleteDBCluster = makeAction('rds', 'DeleteDBCluster', PARAMETERS, deleteCluster);

async function deleteCluster(input: Input<typeof PARAMETERS>, context: ActionContext): Promise<XmlElement> {
  const { id } = getCluster(context, input.DBClusterIdentifier);
  checkFinalSnapshot(input);
  const deleted = await context.store.clusters.update(id, (cluster) => {
    checkDeletable(context, cluster);
    return { ...cluster, status: 'deleting', statusSince: context.now().toISOString() };
  });
  context.databases.wake(id);
  return { DBCluster: formatCluster(context, deleted) };
}

function checkFinalSnapshot(input: Input<typeof PARAMETERS>): void {
  const { SkipFinalSnapshot: skips = false, FinalDBSnapshotIdentifier: snapshot } = input;
  if (skips && snapshot) {
    throw invalidCombination('FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is true.');
  }
  if (!skips && !snapshot) {
    throw invalidCombination('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
  }
  if (snapshot) throw notSupported('A final snapshot');
  if (input.DeleteAutomatedBackups === false)
    throw notSupported('DeleteAutomatedBackups with the value false');
}

function checkDeletable(context: ActionContext, cluster: ClusterRecord): void {
  if (cluster.settings.deletionProtection) {
    throw invalidCombination(
      'Cannot delete protected Cluster, please disable deletion protection and try again.',
    );
  }
  if (cluster.status === 'deleting') {
    throw invalidClusterState(`DBCluster ${cluster.id} is already being deleted.`);
  }
  const members = listMembers(context, cluster.id).filter((member) => member.status !== 'deleting');
  if (members.length > 0) {
    throw invalidClusterState(
      'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
    );
  }
  const isSettled =
    cluster.status === 'available' || /failed|storage-full|inaccessible|incompatible/.test(cluster.status);
  if (!isSettled) {
    throw invalidClusterState(`DBCluster ${cluster.id} is not currently in the available state.`);
  }
}
