// RestoreDBClusterFromSnapshot: a cluster that begins as a snapshot.
import { invalidCombination, notSupported } from '../faults.ts';
import type { XmlElement } from '../http/xml.ts';
import { type Input, list, required, text } from '../parameters.ts';
import type { ClusterSettings, SnapshotRecord } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import {
  checkNewClusterId,
  checkPort,
  makeCluster,
  NEW_CLUSTER_PARAMETERS,
  type NewCluster,
  pickZones,
} from './cluster-make.ts';
import {
  checkNeutral,
  DEFAULT_SETTINGS,
  LOG_EXPORTS,
  readSettings,
  SHARED_SETTINGS,
} from './cluster-settings.ts';
import { checkSecurityGroups, checkSnapshotAvailable, checkSubnetGroup, getSnapshot } from './references.ts';
import { addTags } from './tag-list.ts';
import { checkEngine, checkParameterGroup, getVersion } from './versions.ts';

const PARAMETERS = {
  DBClusterIdentifier: required(text),
  SnapshotIdentifier: required(text),
  Engine: required(text),
  EngineVersion: text,
  EngineMode: text,
  DatabaseName: text,
  AvailabilityZones: list('AvailabilityZone', text),
  ...NEW_CLUSTER_PARAMETERS,
  ...SHARED_SETTINGS,
  ...LOG_EXPORTS,
} as const;

type RestoreInput = Input<typeof PARAMETERS>;

export const restoreDBClusterFromSnapshot = makeAction(
  'rds',
  'RestoreDBClusterFromSnapshot',
  PARAMETERS,
  restoreCluster,
);

async function restoreCluster(input: RestoreInput, context: ActionContext): Promise<XmlElement> {
  checkNewClusterId(context, input.DBClusterIdentifier);
  const snapshot = checkSnapshotAvailable(getSnapshot(context, input.SnapshotIdentifier));
  checkFits(input, context, snapshot);
  checkPort(input.Port);
  const cluster = readCluster(input, context, snapshot);
  const port = { port: input.Port ?? snapshot.cluster.port, isNamed: input.Port !== undefined };
  const made = await makeCluster(context, input.DBClusterIdentifier, port, cluster);
  return { DBCluster: formatCluster(context, made) };
}

function checkFits(input: RestoreInput, context: ActionContext, { cluster }: SnapshotRecord): void {
  const engine = checkEngine(input.Engine);
  if (engine !== cluster.engine) {
    throw invalidCombination(
      `The engine name requested for your DB cluster (${engine}) doesn't match the engine name of the DB cluster ` +
        `snapshot (${cluster.engine}).`,
    );
  }
  const { majorVersion } = getVersion(context.databases, engine, cluster.engineVersion);
  const version = input.EngineVersion ?? cluster.engineVersion;
  if (version !== cluster.engineVersion && version !== majorVersion) {
    throw notSupported('Changing the engine version');
  }
  checkNeutral(input, { EngineMode: 'provisioned', DatabaseName: cluster.databaseName });
}

/** Tags are those of the cluster when the snapshot was taken: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-restore-snapshot.html */
function readCluster(
  input: RestoreInput,
  context: ActionContext,
  { cluster, volumeId }: SnapshotRecord,
): NewCluster {
  const version = getVersion(context.databases, cluster.engine, cluster.engineVersion);
  return {
    engine: cluster.engine,
    engineVersion: cluster.engineVersion,
    origin: { kind: 'snapshot', snapshotVolumeId: volumeId },
    masterUsername: cluster.masterUsername,
    databaseName: cluster.databaseName,
    pendingVerifier: cluster.pendingVerifier,
    subnetGroup: checkSubnetGroup(context, input.DBSubnetGroupName),
    securityGroupIds: checkSecurityGroups(context, input.VpcSecurityGroupIds),
    clusterParameterGroup: checkParameterGroup(
      'DBClusterParameterGroup',
      context.databases,
      version,
      input.DBClusterParameterGroupName,
    ),
    availabilityZones: pickZones(context, input.AvailabilityZones ?? cluster.availabilityZones),
    tags: input.Tags?.length ? addTags({}, input.Tags) : cluster.tags,
    settings: readSettings(cluster.engine, inheritSettings(cluster.settings, input.KmsKeyId), input),
  };
}

/** A key encrypts what was not encrypted before; encryption never goes away. */
function inheritSettings(before: ClusterSettings, kmsKeyId: string | undefined): ClusterSettings {
  return {
    ...DEFAULT_SETTINGS,
    storageEncrypted: before.storageEncrypted || kmsKeyId !== undefined,
    kmsKeyId: kmsKeyId ?? before.kmsKeyId,
    backupRetentionPeriod: before.backupRetentionPeriod,
    preferredBackupWindow: before.preferredBackupWindow,
  };
}
