// What was asked of a cluster against what RDS describes. Differences are reported, never passed over.
import type { DBCluster } from '../aws/types.ts';
import type { CopyBuild } from './build.ts';

type Pair = readonly [what: string, asked: unknown, described: unknown];

export function compareCluster(cluster: DBCluster, build: CopyBuild): string[] {
  return listPairs(cluster, build)
    .filter(([, asked, described]) => JSON.stringify(asked) !== JSON.stringify(described))
    .map(([what, asked, described]) => `${what}: asked ${format(asked)}, RDS reports ${format(described)}`);
}

function listPairs(cluster: DBCluster, { settings, request, name }: CopyBuild): Pair[] {
  const isPortAsked = request.artifact.spec.network.port !== 'source';
  const serverless = settings.serverless === 'none' ? undefined : settings.serverless;
  const range = cluster.ServerlessV2ScalingConfiguration;
  return [
    // An endpoint may have to give a port of its own.
    ['port', isPortAsked ? settings.port : cluster.Port, cluster.Port],
    ['subnet group', name, cluster.DBSubnetGroup],
    ['cluster parameter group', settings.clusterParameterGroup, cluster.DBClusterParameterGroup],
    ['IAM authentication', settings.hasIamAuthentication, cluster.IAMDatabaseAuthenticationEnabled ?? false],
    ['deletion protection', settings.hasDeletionProtection, cluster.DeletionProtection ?? false],
    ['backup retention', settings.backupRetentionDays, cluster.BackupRetentionPeriod],
    ['backup window', settings.backupWindow, cluster.PreferredBackupWindow],
    [
      'maintenance window',
      settings.maintenanceWindow.toLowerCase(),
      cluster.PreferredMaintenanceWindow?.toLowerCase(),
    ],
    ['storage type', settings.storageType, cluster.StorageType || 'aurora'],
    [
      'log exports',
      [...settings.logExports].sort(),
      [...(cluster.EnabledCloudwatchLogsExports ?? [])].sort(),
    ],
    ...(serverless === undefined
      ? []
      : ([
          ['smallest capacity', serverless.minAcu, range?.MinCapacity],
          ['largest capacity', serverless.maxAcu, range?.MaxCapacity],
        ] satisfies Pair[])),
  ];
}

function format(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
