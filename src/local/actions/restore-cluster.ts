// RestoreDBClusterToPointInTime: a cluster that begins as another one, copy-on-write or copied in full.
import { randomUUID } from 'node:crypto';
import { clusterNotFound, invalidClusterState, invalidCombination, invalidValue } from '../faults.ts';
import type { XmlElement } from '../http/xml.ts';
import { dropOwnTags } from '../own-tags.ts';
import { boolean, type Input, required, text, time } from '../parameters.ts';
import type { ClusterRecord, ClusterSettings } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import {
  checkNewClusterId,
  checkPort,
  makeCluster,
  NEW_CLUSTER_PARAMETERS,
  type NewCluster,
} from './cluster-make.ts';
import { DEFAULT_SETTINGS, LOG_EXPORTS, readSettings, SHARED_SETTINGS } from './cluster-settings.ts';
import { checkSecurityGroups, checkSubnetGroup, getCluster, listMembers } from './references.ts';
import { addTags } from './tag-list.ts';
import { checkParameterGroup, ENGINE_PORTS, getVersion } from './versions.ts';

const PARAMETERS = {
  DBClusterIdentifier: required(text),
  SourceDBClusterIdentifier: text,
  SourceDbClusterResourceId: text,
  RestoreType: text,
  UseLatestRestorableTime: boolean,
  RestoreToTime: time,
  ...NEW_CLUSTER_PARAMETERS,
  ...SHARED_SETTINGS,
  ...LOG_EXPORTS,
} as const;

type RestoreInput = Input<typeof PARAMETERS>;

/** In these the source has a complete volume and nothing is taking it away. */
const RESTORABLE = /^(available|modifying|resetting-master-credentials|backing-up|rebooting|start|stop)/;

export const restoreDBClusterToPointInTime = makeAction(
  'rds',
  'RestoreDBClusterToPointInTime',
  PARAMETERS,
  restoreCluster,
);

async function restoreCluster(input: RestoreInput, context: ActionContext): Promise<XmlElement> {
  checkNewClusterId(context, input.DBClusterIdentifier);
  const restoreType = readRestoreType(input);
  const source = getSource(input, context);
  checkSource(source, restoreType, context);
  checkPort(input.Port);
  const cluster = readClone(input, context, source, restoreType);
  const port = { port: input.Port ?? ENGINE_PORTS[source.engine], isNamed: input.Port !== undefined };
  const made = await makeCluster(context, input.DBClusterIdentifier, port, cluster);
  if (cluster.cloneGroupId) await joinCloneGroup(context, source.id, cluster.cloneGroupId);
  return { DBCluster: formatCluster(context, made) };
}

function readRestoreType(input: RestoreInput): 'copy-on-write' | 'full-copy' {
  const restoreType = input.RestoreType ?? 'full-copy';
  if (restoreType !== 'copy-on-write' && restoreType !== 'full-copy') {
    throw invalidValue(`Invalid RestoreType: ${restoreType}. Valid values: full-copy, copy-on-write`);
  }
  const { UseLatestRestorableTime: useLatest, RestoreToTime: toTime } = input;
  if (useLatest && toTime) {
    throw invalidCombination(
      'RestoreToTime cannot be specified when UseLatestRestorableTime is set to true.',
    );
  }
  if (!useLatest && !toTime) {
    throw invalidCombination('Either RestoreToTime or UseLatestRestorableTime must be specified.');
  }
  if (toTime && restoreType === 'copy-on-write') {
    throw invalidCombination('RestoreToTime cannot be specified when RestoreType is copy-on-write.');
  }
  if (toTime) {
    throw invalidCombination(
      'RestoreToTime is not supported by the local RDS, which keeps no past states; use UseLatestRestorableTime.',
    );
  }
  return restoreType;
}

function getSource(input: RestoreInput, context: ActionContext): ClusterRecord {
  const { SourceDBClusterIdentifier: id, SourceDbClusterResourceId: resourceId } = input;
  if (id && resourceId) {
    throw invalidCombination(
      'SourceDBClusterIdentifier and SourceDbClusterResourceId cannot both be specified.',
    );
  }
  if (id) return getCluster(context, id);
  if (!resourceId) {
    throw invalidCombination(
      'Either SourceDBClusterIdentifier or SourceDbClusterResourceId must be specified.',
    );
  }
  const source = context.store.clusters.list().find((cluster) => cluster.resourceId === resourceId);
  if (!source) throw clusterNotFound(resourceId);
  return source;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.html#Aurora.Managing.Clone.Limitations */
function checkSource(source: ClusterRecord, restoreType: string, context: ActionContext): void {
  if (!source.isVolumeReady || !RESTORABLE.test(source.status)) {
    throw invalidClusterState(
      `DBCluster ${source.id} has no restorable time: its status is ${source.status}.`,
    );
  }
  if (restoreType === 'copy-on-write' && listMembers(context, source.id).length === 0) {
    throw invalidClusterState(`DBCluster ${source.id} cannot be cloned because it has no DB instances.`);
  }
}

/** Only what is named here follows the source; everything else is a default unless it is given. */
function readClone(
  input: RestoreInput,
  context: ActionContext,
  source: ClusterRecord,
  restoreType: 'copy-on-write' | 'full-copy',
): NewCluster {
  const version = getVersion(context.databases, source.engine, source.engineVersion);
  const isClone = restoreType === 'copy-on-write';
  return {
    engine: source.engine,
    engineVersion: source.engineVersion,
    origin: { kind: 'restore', sourceResourceId: source.resourceId, restoreType },
    cloneGroupId: isClone ? (source.cloneGroupId ?? randomUUID()) : undefined,
    masterUsername: source.masterUsername,
    databaseName: source.databaseName,
    pendingVerifier: source.pendingVerifier,
    subnetGroup: checkSubnetGroup(context, input.DBSubnetGroupName),
    securityGroupIds: checkSecurityGroups(context, input.VpcSecurityGroupIds),
    clusterParameterGroup: checkParameterGroup(
      'DBClusterParameterGroup',
      context.databases,
      version,
      input.DBClusterParameterGroupName,
    ),
    availabilityZones: source.availabilityZones,
    tags: input.Tags?.length ? addTags({}, input.Tags) : dropOwnTags(source.tags),
    settings: readSettings(source.engine, inheritSettings(source, input.KmsKeyId), input),
  };
}

function inheritSettings({ settings: source }: ClusterRecord, kmsKeyId: string | undefined): ClusterSettings {
  if (kmsKeyId !== undefined && !source.storageEncrypted) {
    throw invalidCombination('KmsKeyId cannot be specified when the source DB cluster is not encrypted.');
  }
  return {
    ...DEFAULT_SETTINGS,
    storageEncrypted: source.storageEncrypted,
    kmsKeyId: kmsKeyId ?? source.kmsKeyId,
    backupRetentionPeriod: source.backupRetentionPeriod,
    preferredBackupWindow: source.preferredBackupWindow,
  };
}

/** The first clone gives the source its clone group. */
async function joinCloneGroup(context: ActionContext, sourceId: string, cloneGroupId: string): Promise<void> {
  const source = context.store.clusters.get(sourceId);
  if (!source || source.cloneGroupId !== undefined) return;
  await context.store.clusters.update(sourceId, (source) => ({
    ...source,
    cloneGroupId: source.cloneGroupId ?? cloneGroupId,
  }));
}
