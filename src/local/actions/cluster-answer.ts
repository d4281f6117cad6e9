// A cluster as DescribeDBClusters gives it. Only reads.

import { type XmlElement, xmlList } from '../http/xml.ts';
import { describeTags } from '../own-tags.ts';
import type { ClusterRecord, InstanceRecord } from '../records.ts';
import type { ActionContext } from './action.ts';
import { isWriter, listMembers } from './references.ts';
import { formatTags } from './tag-list.ts';

/** Clusters and instances listen here and nowhere else. */
export const ENDPOINT_ADDRESS = '127.0.0.1';

export function formatCluster(context: ActionContext, cluster: ClusterRecord): XmlElement {
  return {
    ...formatIdentity(cluster),
    ...formatRestorable(context, cluster),
    ...formatPlace(cluster),
    ...formatSettings(cluster),
    MasterUserSecret: formatSecret(context, cluster),
    DBClusterMembers: xmlList(
      'DBClusterMember',
      listMembers(context, cluster.id).map((member) => formatMember(context, member)),
    ),
    TagList: formatTags(describeTags(cluster, context.databases.isDurable(cluster))),
  };
}

function formatIdentity(cluster: ClusterRecord): XmlElement {
  return {
    DBClusterIdentifier: cluster.id,
    DBClusterArn: cluster.arn,
    DbClusterResourceId: cluster.resourceId,
    CloneGroupId: cluster.cloneGroupId,
    Status: cluster.status,
    ClusterCreateTime: cluster.createdAt,
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: 'provisioned',
    MasterUsername: cluster.masterUsername,
    DatabaseName: cluster.databaseName,
    AllocatedStorage: 1,
    MultiAZ: false,
    CrossAccountClone: false,
  };
}

/** It is in use as soon as it is there: logins meet the new password when the cluster is available again. */
function formatSecret({ store }: ActionContext, { masterUserSecret: name, status }: ClusterRecord) {
  const secret = name === undefined ? undefined : store.secrets.get(name);
  if (secret === undefined) return undefined;
  const isSettled = status !== 'creating' && status !== 'resetting-master-credentials';
  return { SecretArn: secret.arn, SecretStatus: isSettled ? 'active' : 'creating' };
}

/** Without a complete volume there is no restorable time, as on AWS while a restore is under way. */
function formatRestorable(context: ActionContext, cluster: ClusterRecord): XmlElement {
  if (!cluster.isVolumeReady) return {};
  const isStopped = cluster.status === 'stopped';
  return {
    EarliestRestorableTime: cluster.createdAt,
    LatestRestorableTime: isStopped ? cluster.statusSince : context.now().toISOString(),
  };
}

function formatPlace(cluster: ClusterRecord): XmlElement {
  return {
    Endpoint: ENDPOINT_ADDRESS,
    ReaderEndpoint: cluster.readerAddress ?? ENDPOINT_ADDRESS,
    Port: cluster.port,
    HostedZoneId: 'ZLOCAL00000000',
    DBSubnetGroup: cluster.subnetGroup,
    DBClusterParameterGroup: cluster.clusterParameterGroup,
    AvailabilityZones: xmlList('AvailabilityZone', cluster.availabilityZones),
    VpcSecurityGroups: xmlList(
      'VpcSecurityGroupMembership',
      cluster.securityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    ),
    AssociatedRoles: xmlList('DBClusterRole', []),
    ReadReplicaIdentifiers: xmlList('ReadReplicaIdentifier', []),
  };
}

/** RDS leaves StorageType out for the standard one. */
function formatSettings({ settings }: ClusterRecord): XmlElement {
  return {
    BackupRetentionPeriod: settings.backupRetentionPeriod,
    PreferredBackupWindow: settings.preferredBackupWindow,
    PreferredMaintenanceWindow: settings.preferredMaintenanceWindow,
    DeletionProtection: settings.deletionProtection,
    CopyTagsToSnapshot: settings.copyTagsToSnapshot,
    IAMDatabaseAuthenticationEnabled: settings.iamDatabaseAuthentication,
    AutoMinorVersionUpgrade: settings.autoMinorVersionUpgrade,
    HttpEndpointEnabled: settings.httpEndpoint,
    StorageEncrypted: settings.storageEncrypted,
    KmsKeyId: settings.kmsKeyId,
    StorageType: settings.storageType === 'aurora' ? undefined : settings.storageType,
    NetworkType: settings.networkType,
    EngineLifecycleSupport: settings.engineLifecycleSupport,
    BacktrackWindow: settings.backtrackWindow,
    ActivityStreamStatus: 'stopped',
    DatabaseInsightsMode: 'standard',
    EnabledCloudwatchLogsExports:
      settings.logExports.length > 0 ? xmlList('member', settings.logExports) : undefined,
    ServerlessV2ScalingConfiguration: settings.serverlessV2 && {
      MinCapacity: settings.serverlessV2.min,
      MaxCapacity: settings.serverlessV2.max,
      SecondsUntilAutoPause: settings.serverlessV2.secondsUntilAutoPause,
    },
  };
}

function formatMember(context: ActionContext, instance: InstanceRecord): XmlElement {
  return {
    DBInstanceIdentifier: instance.id,
    IsClusterWriter: isWriter(context, instance),
    DBClusterParameterGroupStatus: 'in-sync',
    PromotionTier: instance.promotionTier,
  };
}
