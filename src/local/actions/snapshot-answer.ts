// A snapshot as DescribeDBClusterSnapshots gives it. Only reads.

import { type XmlElement, xmlList } from '../http/xml.ts';
import { VPC } from '../network.ts';
import type { SnapshotRecord } from '../records.ts';
import { formatTags } from './tag-list.ts';
import { licenseOf } from './versions.ts';

/** There are no automated ones. */
export const SNAPSHOT_TYPE = 'manual';

export function formatSnapshot(snapshot: SnapshotRecord): XmlElement {
  return {
    DBClusterSnapshotIdentifier: snapshot.id,
    DBClusterSnapshotArn: snapshot.arn,
    SourceDBClusterSnapshotArn: snapshot.copyOf?.arn,
    SnapshotType: SNAPSHOT_TYPE,
    SnapshotCreateTime: snapshot.createdAt,
    Status: snapshot.status,
    PercentProgress: snapshot.status === 'available' ? 100 : 0,
    ...formatCluster(snapshot.cluster),
    TagList: formatTags(snapshot.tags),
  };
}

function formatCluster(cluster: SnapshotRecord['cluster']): XmlElement {
  const { settings } = cluster;
  return {
    DBClusterIdentifier: cluster.id,
    DbClusterResourceId: cluster.resourceId,
    ClusterCreateTime: cluster.createdAt,
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: 'provisioned',
    LicenseModel: licenseOf(cluster.engine),
    MasterUsername: cluster.masterUsername,
    Port: cluster.port,
    VpcId: VPC.id,
    AvailabilityZones: xmlList('AvailabilityZone', cluster.availabilityZones),
    AllocatedStorage: 1,
    StorageType: settings.storageType,
    StorageEncrypted: settings.storageEncrypted,
    KmsKeyId: settings.kmsKeyId,
    IAMDatabaseAuthenticationEnabled: settings.iamDatabaseAuthentication,
    BackupRetentionPeriod: settings.backupRetentionPeriod,
    PreferredBackupWindow: settings.preferredBackupWindow,
  };
}
