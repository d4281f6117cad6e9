// DeleteDBCluster: gives up a cluster that has no instances left, after a last snapshot where one is wanted.
import { invalidClusterState, invalidCombination, notSupported } from '../faults.ts';
import type { XmlElement } from '../http/xml.ts';
import { boolean, type Input, required, text } from '../parameters.ts';
import type { ClusterRecord } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import { getCluster, listMembers } from './references.ts';
import { checkNewSnapshotId, describeForSnapshot, makeSnapshot } from './snapshot-make.ts';

const PARAMETERS = {
  DBClusterIdentifier: required(text),
  SkipFinalSnapshot: boolean,
  FinalDBSnapshotIdentifier: text,
  DeleteAutomatedBackups: boolean,
} as const;

export const deleteDBCluster = makeAction('rds', 'DeleteDBCluster', PARAMETERS, deleteCluster);

async function deleteCluster(input: Input<typeof PARAMETERS>, context: ActionContext): Promise<XmlElement> {
  const cluster = getCluster(context, input.DBClusterIdentifier);
  const { id } = cluster;
  checkFinalSnapshot(input);
  checkDeletable(context, cluster);
  const finalSnapshotId = await takeFinalSnapshot(input, context, cluster);
  const deleted = await context.store.clusters.update(id, (before) => {
    checkDeletable(context, before);
    return { ...before, finalSnapshotId, status: 'deleting', statusSince: context.now().toISOString() };
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
  if (input.DeleteAutomatedBackups === false)
    throw notSupported('DeleteAutomatedBackups with the value false');
}

/** On the disk before the cluster begins to go: a final snapshot that fails keeps it. */
async function takeFinalSnapshot(
  input: Input<typeof PARAMETERS>,
  context: ActionContext,
  cluster: ClusterRecord,
): Promise<string | undefined> {
  if (!input.FinalDBSnapshotIdentifier) return undefined;
  const id = checkNewSnapshotId(context, 'FinalDBSnapshotIdentifier', input.FinalDBSnapshotIdentifier);
  if (!cluster.isVolumeReady) {
    throw invalidClusterState(`Cannot create a final snapshot: DBCluster ${cluster.id} has no data.`);
  }
  await makeSnapshot(context, id, {
    status: 'creating',
    cluster: describeForSnapshot(cluster),
    tags: cluster.settings.copyTagsToSnapshot ? cluster.tags : {},
  });
  return id;
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
    /^(available|failing-over)$/.test(cluster.status) ||
    /failed|storage-full|inaccessible|incompatible/.test(cluster.status);
  if (!isSettled) {
    throw invalidClusterState(`DBCluster ${cluster.id} is not currently in the available state.`);
  }
}
