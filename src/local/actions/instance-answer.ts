// An instance as DescribeDBInstances gives it. Only reads.

import { type XmlElement, xmlList } from '../http/xml.ts';
import type { ClusterRecord, InstanceRecord } from '../records.ts';
import type { ActionContext } from './action.ts';
import { ENDPOINT_ADDRESS } from './cluster-answer.ts';
import { isWriter } from './references.ts';
import { formatSubnetGroup } from './subnet-group-answer.ts';
import { formatTags } from './tag-list.ts';
import { licenseOf } from './versions.ts';

export function formatInstance(context: ActionContext, instance: InstanceRecord): XmlElement {
  const cluster = context.store.clusters.get(instance.clusterId);
  return { ...formatOwn(instance), ...(cluster && formatShared(context, instance, cluster)) };
}

function formatOwn(instance: InstanceRecord): XmlElement {
  return {
    DBInstanceIdentifier: instance.id,
    DBInstanceArn: instance.arn,
    DbiResourceId: instance.resourceId,
    DBClusterIdentifier: instance.clusterId,
    DBInstanceStatus: instance.status,
    DBInstanceClass: instance.instanceClass,
    InstanceCreateTime: instance.createdAt,
    AvailabilityZone: instance.availabilityZone,
    PubliclyAccessible: instance.publiclyAccessible,
    PromotionTier: instance.promotionTier,
    AutoMinorVersionUpgrade: instance.autoMinorVersionUpgrade,
    PreferredMaintenanceWindow: instance.preferredMaintenanceWindow,
    DBParameterGroups: xmlList('DBParameterGroup', [
      { DBParameterGroupName: instance.parameterGroup, ParameterApplyStatus: 'in-sync' },
    ]),
    CACertificateIdentifier: instance.caCertificateIdentifier,
    MonitoringInterval: instance.monitoringInterval,
    MonitoringRoleArn: instance.monitoringRoleArn,
    PerformanceInsightsEnabled: instance.performanceInsights,
    PerformanceInsightsRetentionPeriod: instance.performanceInsightsRetentionPeriod,
    PerformanceInsightsKMSKeyId: instance.performanceInsightsKmsKeyId,
    AllocatedStorage: 1,
    MultiAZ: false,
    DbInstancePort: 0,
    DBSecurityGroups: xmlList('DBSecurityGroup', []),
    TagList: formatTags(instance.tags),
  };
}

/** A writer answers on the cluster's port, a reader on one of its own. */
function formatEndpoint(
  context: ActionContext,
  instance: InstanceRecord,
  cluster: ClusterRecord,
): XmlElement | undefined {
  const port = isWriter(context, instance) ? cluster.port : instance.reader?.port;
  if (instance.status === 'creating' || port === undefined) return undefined;
  return { Address: ENDPOINT_ADDRESS, Port: port };
}

/** What an Aurora instance reports of its cluster. */
function formatShared(context: ActionContext, instance: InstanceRecord, cluster: ClusterRecord): XmlElement {
  const group = context.store.subnetGroups.get(cluster.subnetGroup);
  const { settings } = cluster;
  return {
    Endpoint: formatEndpoint(context, instance, cluster),
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    LicenseModel: licenseOf(cluster.engine),
    MasterUsername: cluster.masterUsername,
    DBName: cluster.databaseName,
    DBSubnetGroup: group && formatSubnetGroup(context, group),
    VpcSecurityGroups: xmlList(
      'VpcSecurityGroupMembership',
      cluster.securityGroupIds.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    ),
    StorageType: settings.storageType,
    StorageEncrypted: settings.storageEncrypted,
    KmsKeyId: settings.kmsKeyId,
    NetworkType: settings.networkType,
    BackupRetentionPeriod: settings.backupRetentionPeriod,
    PreferredBackupWindow: settings.preferredBackupWindow,
    CopyTagsToSnapshot: settings.copyTagsToSnapshot,
    DeletionProtection: false,
    IAMDatabaseAuthenticationEnabled: settings.iamDatabaseAuthentication,
    EngineLifecycleSupport: settings.engineLifecycleSupport,
    DatabaseInsightsMode: 'standard',
  };
}
