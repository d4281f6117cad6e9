// The requests that make a copy. Pure: settings in, requests out.
// Almost nothing of a source follows by itself when a parameter is left out of a restore, so all are sent:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html
import type { NewSecurityGroup } from '../aws/ec2.ts';
import type {
  CreateDBClusterMessage,
  CreateDBInstanceMessage,
  CreateDBSubnetGroupMessage,
  ModifyDBClusterMessage,
  RestoreDBClusterToPointInTimeMessage,
  Tag,
} from '../aws/types.ts';
import { getInstanceId } from './names.ts';
import type { CopySettings } from './settings.ts';

/** What names cannot tell: where the copy comes from and which groups it uses. */
export interface ClusterPlace {
  readonly name: string;
  /** An identifier, or the ARN of another account's cluster. */
  readonly sourceId: string;
  readonly securityGroupIds: readonly string[];
  readonly tags: readonly Tag[];
}

/** Tells ours from others without a look at the tags of each. */
export function describeSubnetGroup(name: string): string {
  return `Database copy ${name}`;
}

export function makeSubnetGroupInput(
  { subnetIds }: CopySettings,
  { name, tags }: Pick<ClusterPlace, 'name' | 'tags'>,
): CreateDBSubnetGroupMessage {
  return {
    DBSubnetGroupName: name,
    DBSubnetGroupDescription: describeSubnetGroup(name),
    SubnetIds: [...subnetIds],
    Tags: [...tags],
  };
}

export function makeSecurityGroupInput({
  name,
  tags,
  vpcId,
}: Pick<ClusterPlace, 'name' | 'tags'> & { readonly vpcId: string }): NewSecurityGroup {
  return { name, vpcId, description: `Who may connect to the database copy ${name}`, tags };
}

export function makeRestoreInput(
  settings: CopySettings,
  place: ClusterPlace,
): RestoreDBClusterToPointInTimeMessage {
  return {
    ...makeSharedInput(settings, place),
    SourceDBClusterIdentifier: place.sourceId,
    RestoreType: settings.restoreType,
    UseLatestRestorableTime: true,
  };
}

/** The password is a random one at first, so that only `settings` below ever sets the real one. */
export function makeCreateInput(
  settings: CopySettings,
  place: ClusterPlace,
  login: { readonly username: string; readonly password: string },
): CreateDBClusterMessage {
  return {
    ...withoutDefaultStorage(makeSharedInput(settings, place)),
    Engine: settings.engine,
    EngineVersion: settings.engineVersion,
    MasterUsername: login.username,
    MasterUserPassword: login.password,
    DatabaseName: settings.databaseName,
    StorageEncrypted: settings.isEncrypted || settings.kmsKeyId !== undefined,
    BackupRetentionPeriod: settings.backupRetentionDays,
    PreferredBackupWindow: settings.backupWindow,
    PreferredMaintenanceWindow: settings.maintenanceWindow,
  };
}

/** Standard storage is what a fresh cluster gets, and not every endpoint knows it by name. */
function withoutDefaultStorage({ StorageType, ...input }: ReturnType<typeof makeSharedInput>) {
  return StorageType === 'aurora' ? input : { ...input, StorageType };
}

function makeSharedInput(settings: CopySettings, place: ClusterPlace) {
  return {
    DBClusterIdentifier: place.name,
    DBSubnetGroupName: place.name,
    VpcSecurityGroupIds: [...place.securityGroupIds],
    Port: settings.port,
    DBClusterParameterGroupName: settings.clusterParameterGroup,
    Tags: [...place.tags],
    StorageType: settings.storageType,
    NetworkType: settings.networkType,
    EnableIAMDatabaseAuthentication: settings.hasIamAuthentication,
    EnableCloudwatchLogsExports: [...settings.logExports],
    DeletionProtection: settings.hasDeletionProtection,
    CopyTagsToSnapshot: settings.copiesTagsToSnapshots,
    ...(settings.kmsKeyId === undefined ? {} : { KmsKeyId: settings.kmsKeyId }),
    ...(settings.engineLifecycleSupport === undefined
      ? {}
      : { EngineLifecycleSupport: settings.engineLifecycleSupport }),
    // Of Aurora MySQL alone, and only when a cluster is made.
    ...(settings.backtrackSeconds ? { BacktrackWindow: settings.backtrackSeconds } : {}),
    ...(settings.serverless === 'none'
      ? {}
      : {
          ServerlessV2ScalingConfiguration: {
            MinCapacity: settings.serverless.minAcu,
            MaxCapacity: settings.serverless.maxAcu,
            ...(settings.serverless.autoPauseSeconds === undefined
              ? {}
              : { SecondsUntilAutoPause: settings.serverless.autoPauseSeconds }),
          },
        }),
  };
}

/** What a restore cannot take; without a password, Secrets Manager is to have it. Settings of the restore itself are not repeated: RDS has failed on some of them. */
export function makeModifyInput(
  settings: CopySettings,
  password: string | undefined,
): Omit<ModifyDBClusterMessage, 'DBClusterIdentifier'> {
  return {
    ...(password === undefined ? { ManageMasterUserPassword: true } : { MasterUserPassword: password }),
    BackupRetentionPeriod: settings.backupRetentionDays,
    PreferredBackupWindow: settings.backupWindow,
    PreferredMaintenanceWindow: settings.maintenanceWindow,
    AutoMinorVersionUpgrade: settings.hasMinorUpgrades,
  };
}

/** Number 0 is the writer: it is the first that is promoted. */
export function makeInstanceInput(
  settings: CopySettings,
  { name, tags }: Pick<ClusterPlace, 'name' | 'tags'>,
  number: number,
): CreateDBInstanceMessage {
  const { performanceInsights, performanceInsightsKeyId, monitoring } = settings;
  return {
    DBInstanceIdentifier: getInstanceId(name, number),
    DBClusterIdentifier: name,
    DBInstanceClass: settings.instanceClass,
    Engine: settings.engine,
    PubliclyAccessible: settings.isPubliclyAccessible,
    DBParameterGroupName: settings.instanceParameterGroup,
    CACertificateIdentifier: settings.caCertificate,
    AutoMinorVersionUpgrade: settings.hasMinorUpgrades,
    PreferredMaintenanceWindow: settings.maintenanceWindow,
    PromotionTier: number === 0 ? 0 : 1,
    Tags: [...tags],
    EnablePerformanceInsights: performanceInsights !== 'none',
    ...(performanceInsights === 'none'
      ? {}
      : {
          PerformanceInsightsRetentionPeriod: performanceInsights.retentionDays,
          ...(performanceInsightsKeyId === undefined
            ? {}
            : { PerformanceInsightsKMSKeyId: performanceInsightsKeyId }),
        }),
    ...(monitoring === 'none'
      ? { MonitoringInterval: 0 }
      : { MonitoringInterval: monitoring.intervalSeconds, MonitoringRoleArn: monitoring.roleArn }),
  };
}
