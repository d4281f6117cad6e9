// What was asked of a cluster and its instances against what RDS describes, and the change that would make it so. Pure.
import type { DBCluster, DBInstance, ModifyDBClusterMessage, ModifyDBInstanceMessage } from '../aws/types.ts';
import type { CopyBuild } from './build.ts';
import type { CopySettings } from './settings.ts';

export interface Difference<C> {
  readonly what: string;
  readonly asked: unknown;
  readonly described: unknown;
  /** Undefined: RDS cannot change it, or not without a restart that nobody asked for. */
  readonly change?: C | undefined;
}

export type ClusterChange = Partial<Omit<ModifyDBClusterMessage, 'DBClusterIdentifier'>>;
export type InstanceChange = Partial<Omit<ModifyDBInstanceMessage, 'DBInstanceIdentifier'>>;

export function compareCluster(cluster: DBCluster, build: CopyBuild): Difference<ClusterChange>[] {
  return keepDifferent([
    ...listFixed(cluster, build),
    ...listMaintenance(cluster, build.settings),
    ...listHardware(cluster, build.settings),
  ]);
}

/** What an endpoint does not describe at all is not compared. */
export function compareInstance(instance: DBInstance, settings: CopySettings): Difference<InstanceChange>[] {
  const { performanceInsights: insights, monitoring } = settings;
  const intervalSeconds = monitoring === 'none' ? 0 : monitoring.intervalSeconds;
  const differences: Difference<InstanceChange>[] = [
    compare('instance class', settings.instanceClass, instance.DBInstanceClass, {
      DBInstanceClass: settings.instanceClass,
    }),
    compare('public access', settings.isPubliclyAccessible, instance.PubliclyAccessible, {
      PubliclyAccessible: settings.isPubliclyAccessible,
    }),
    compare('minor upgrades', settings.hasMinorUpgrades, instance.AutoMinorVersionUpgrade, {
      AutoMinorVersionUpgrade: settings.hasMinorUpgrades,
    }),
    compare(
      'Performance Insights',
      insights === 'none' ? 'off' : `${insights.retentionDays} days`,
      describeInsights(instance),
      {
        EnablePerformanceInsights: insights !== 'none',
        ...(insights === 'none' ? {} : { PerformanceInsightsRetentionPeriod: insights.retentionDays }),
      },
    ),
    compare('monitoring interval', intervalSeconds, instance.MonitoringInterval, {
      MonitoringInterval: intervalSeconds,
      ...(monitoring === 'none' ? {} : { MonitoringRoleArn: monitoring.roleArn }),
    }),
    // Both take effect with a restart only, which is not for a settings check to cause.
    compare('CA certificate', settings.caCertificate, instance.CACertificateIdentifier),
    compare(
      'instance parameter group',
      settings.instanceParameterGroup,
      instance.DBParameterGroups?.[0]?.DBParameterGroupName,
    ),
  ];
  return keepDifferent(differences.filter(({ described }) => described !== undefined));
}

function describeInsights(instance: DBInstance): string | undefined {
  const { PerformanceInsightsEnabled: isOn, PerformanceInsightsRetentionPeriod: days } = instance;
  if (isOn === undefined) return undefined;
  return isOn ? `${days} days` : 'off';
}

export function formatDifference({ what, asked, described }: Difference<unknown>): string {
  return `${what}: asked ${format(asked)}, RDS reports ${format(described)}`;
}

function listFixed(cluster: DBCluster, { settings, request, name }: CopyBuild): Difference<ClusterChange>[] {
  const isPortAsked = request.artifact.spec.network.port !== 'source';
  return [
    // An endpoint may have to give a port of its own.
    compare('port', isPortAsked ? settings.port : cluster.Port, cluster.Port),
    compare('subnet group', name, cluster.DBSubnetGroup),
    compare('network type', settings.networkType, cluster.NetworkType ?? settings.networkType),
    compare('Data API', settings.hasDataApi, cluster.HttpEndpointEnabled ?? false),
  ];
}

/** RDS takes another window for a cluster that has one, and none for one that was made without. */
function compareBacktrack(
  { BacktrackWindow: described = 0 }: DBCluster,
  { backtrackSeconds = described }: CopySettings,
): Difference<ClusterChange> {
  const change = described > 0 ? { BacktrackWindow: backtrackSeconds } : undefined;
  return compare('backtrack window', backtrackSeconds, described, change);
}

function listMaintenance(cluster: DBCluster, settings: CopySettings): Difference<ClusterChange>[] {
  const maintenanceWindow = settings.maintenanceWindow.toLowerCase();
  const logs = [...settings.logExports].sort();
  const describedLogs = [...(cluster.EnabledCloudwatchLogsExports ?? [])].sort();
  return [
    compare('cluster parameter group', settings.clusterParameterGroup, cluster.DBClusterParameterGroup, {
      DBClusterParameterGroupName: settings.clusterParameterGroup,
    }),
    compare(
      'IAM authentication',
      settings.hasIamAuthentication,
      cluster.IAMDatabaseAuthenticationEnabled ?? false,
      { EnableIAMDatabaseAuthentication: settings.hasIamAuthentication },
    ),
    compare('deletion protection', settings.hasDeletionProtection, cluster.DeletionProtection ?? false, {
      DeletionProtection: settings.hasDeletionProtection,
    }),
    compare('backup retention', settings.backupRetentionDays, cluster.BackupRetentionPeriod, {
      BackupRetentionPeriod: settings.backupRetentionDays,
    }),
    compare('backup window', settings.backupWindow, cluster.PreferredBackupWindow, {
      PreferredBackupWindow: settings.backupWindow,
    }),
    compare(
      'maintenance window',
      maintenanceWindow,
      cluster.PreferredMaintenanceWindow?.toLowerCase() ?? 'none',
      { PreferredMaintenanceWindow: maintenanceWindow },
    ),
    compareBacktrack(cluster, settings),
    compare('log exports', logs, describedLogs, {
      CloudwatchLogsExportConfiguration: {
        EnableLogTypes: logs.filter((log) => !describedLogs.includes(log)),
        DisableLogTypes: describedLogs.filter((log) => !logs.includes(log)),
      },
    }),
    compare(
      'tags of snapshots',
      settings.copiesTagsToSnapshots,
      cluster.CopyTagsToSnapshot ?? settings.copiesTagsToSnapshots,
      { CopyTagsToSnapshot: settings.copiesTagsToSnapshots },
    ),
  ];
}

function listHardware(
  { StorageType, ServerlessV2ScalingConfiguration: range }: DBCluster,
  { storageType, serverless }: CopySettings,
): Difference<ClusterChange>[] {
  // To I/O-Optimized AWS lets a cluster switch once in 30 days, which is not spent unasked.
  const storage = compare<ClusterChange>(
    'storage type',
    storageType,
    StorageType === 'aurora-iopt1' ? StorageType : 'aurora', // the standard has several names, and none
  );
  if (serverless === 'none') return [storage];
  const { minAcu: MinCapacity, maxAcu: MaxCapacity, autoPauseSeconds } = serverless;
  const change: ClusterChange = {
    ServerlessV2ScalingConfiguration: {
      MinCapacity,
      MaxCapacity,
      ...(autoPauseSeconds === undefined ? {} : { SecondsUntilAutoPause: autoPauseSeconds }),
    },
  };
  return [
    storage,
    compare('smallest capacity', MinCapacity, range?.MinCapacity, change),
    compare('largest capacity', MaxCapacity, range?.MaxCapacity, change),
    compare(
      'pause of idle instances',
      autoPauseSeconds ?? range?.SecondsUntilAutoPause,
      range?.SecondsUntilAutoPause,
      change,
    ),
  ];
}

function compare<C>(what: string, asked: unknown, described: unknown, change?: C): Difference<C> {
  return { what, asked, described, change };
}

function keepDifferent<C>(differences: readonly Difference<C>[]): Difference<C>[] {
  return differences.filter(({ asked, described }) => JSON.stringify(asked) !== JSON.stringify(described));
}

function format(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
