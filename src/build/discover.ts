// Asks RDS for what an INI leaves as `source`, once, at build: an artifact then says the same wherever it converges.
import type { DiscoveredMaintenance, DiscoveredSource } from '../artifact/artifact.ts';
import { listEngineProblems } from '../artifact/engine-checks.ts';
import type { ArtifactSpec, ServerlessSpec } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import { listSubnets } from '../aws/ec2.ts';
import { findSubnetGroup } from '../aws/groups.ts';
import { type DescribedSource, getSource } from '../aws/source.ts';
import type { DBCluster } from '../aws/types.ts';
import { checkSharedSource } from '../converge/shared-source.ts';
import { FactoryError } from '../errors.ts';

/** RDS's own default where a source has no instance to tell. */
const DEFAULT_CA = 'rds-ca-rsa2048-g1';
const DEFAULT_PORT = { 'aurora-postgresql': 5432, 'aurora-mysql': 3306 };

export async function discoverSource(spec: ArtifactSpec, aws: AwsConnection): Promise<DiscoveredSource> {
  const source = await getSource(aws, spec.source);
  checkSharedSource(source, spec, { isBuilt: false });
  const { cluster, writer, isShared } = source;
  const engine = getEngine(cluster);
  checkEngineCan(spec, engine);
  const network = isShared ? await readOwnNetwork(spec, aws) : await discoverNetwork(cluster, aws);
  return {
    engine,
    engineVersion: cluster.EngineVersion ?? '',
    port: cluster.Port ?? DEFAULT_PORT[engine],
    ...network,
    storageZones: [...(cluster.AvailabilityZones ?? [])].sort(),
    ...(cluster.DatabaseName ? { databaseName: cluster.DatabaseName } : {}),
    instanceClass: getInstanceClass(spec, source),
    isPubliclyAccessible: writer?.PubliclyAccessible ?? false,
    networkType: cluster.NetworkType === 'DUAL' ? 'DUAL' : 'IPV4',
    securityGroupIds: (cluster.VpcSecurityGroups ?? []).map(
      ({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? '',
    ),
    isEncrypted: cluster.StorageEncrypted ?? false,
    // Standard storage is described by nothing at all.
    storageType: cluster.StorageType === 'aurora-iopt1' ? 'aurora-iopt1' : 'aurora',
    serverless: describeServerless(cluster),
    maintenance: describeMaintenance(source),
  };
}

function getEngine({ Engine, DBClusterIdentifier }: DBCluster): DiscoveredSource['engine'] {
  if (Engine === 'aurora-postgresql' || Engine === 'aurora-mysql') return Engine;
  throw new FactoryError('NOT_SUPPORTED', `the source ${DBClusterIdentifier} is a cluster of ${Engine}`, {
    hint: 'Sources are aurora-postgresql and aurora-mysql clusters.',
  });
}

function checkEngineCan(spec: ArtifactSpec, engine: DiscoveredSource['engine']): void {
  const problems = listEngineProblems(spec, engine);
  if (problems.length === 0) return;
  throw new FactoryError('BAD_CONFIGURATION', `the INI file asks for what ${engine} cannot do`, { problems });
}

async function discoverNetwork(
  { DBSubnetGroup: name, DBClusterIdentifier }: DBCluster,
  aws: AwsConnection,
): Promise<Pick<DiscoveredSource, 'vpcId' | 'subnets'>> {
  const group = name === undefined ? undefined : await findSubnetGroup(aws, name);
  if (group === undefined) {
    throw new FactoryError('NOT_FOUND', `the source ${DBClusterIdentifier} has no subnet group to model on`, {
      hint: 'Clusters with an internet access gateway have no subnets and cannot be a source.',
    });
  }
  const subnets = [...group.subnets].sort((one, other) => one.id.localeCompare(other.id));
  return { vpcId: group.vpcId, subnets };
}

/** The subnet group of another account is not shown. */
async function readOwnNetwork(
  { target: { subnetIds } }: ArtifactSpec,
  aws: AwsConnection,
): Promise<Pick<DiscoveredSource, 'vpcId' | 'subnets'>> {
  const found = await listSubnets(aws, subnetIds === 'source' ? [] : subnetIds);
  const subnets = found.map(({ SubnetId = '', AvailabilityZone = '' }) => ({
    id: SubnetId,
    zone: AvailabilityZone,
  }));
  return { vpcId: found[0]?.VpcId ?? '', subnets };
}

function getInstanceClass({ target, source }: ArtifactSpec, { writer }: DescribedSource): string {
  if (target.instanceClass !== 'source') return target.instanceClass;
  if (writer?.DBInstanceClass !== undefined) return writer.DBInstanceClass;
  throw new FactoryError('BAD_CONFIGURATION', `the source ${source.clusterId} has no instance to model on`, {
    hint: 'Give instance_type in [target_db], and an instance to the source: RDS clones no cluster without one.',
  });
}

function describeServerless({ ServerlessV2ScalingConfiguration: range }: DBCluster): ServerlessSpec | 'none' {
  if (range?.MinCapacity === undefined || range.MaxCapacity === undefined) return 'none';
  const { MinCapacity: minAcu, MaxCapacity: maxAcu, SecondsUntilAutoPause: autoPauseSeconds } = range;
  return { minAcu, maxAcu, ...(autoPauseSeconds === undefined ? {} : { autoPauseSeconds }) };
}

function describeMaintenance({ cluster, writer }: DescribedSource): DiscoveredMaintenance {
  const family = `${cluster.Engine}${getFamilyVersion(cluster)}`;
  const retentionDays = writer?.PerformanceInsightsRetentionPeriod ?? 7;
  return {
    backupWindow: cluster.PreferredBackupWindow ?? '03:00-03:30',
    backupRetentionDays: cluster.BackupRetentionPeriod ?? 1,
    maintenanceWindow: cluster.PreferredMaintenanceWindow ?? 'sun:05:00-sun:05:30',
    hasMinorUpgrades: writer?.AutoMinorVersionUpgrade ?? cluster.AutoMinorVersionUpgrade ?? true,
    clusterParameterGroup: cluster.DBClusterParameterGroup ?? `default.${family}`,
    instanceParameterGroup: writer?.DBParameterGroups?.[0]?.DBParameterGroupName ?? `default.${family}`,
    caCertificate: writer?.CACertificateIdentifier ?? DEFAULT_CA,
    logExports: [...(cluster.EnabledCloudwatchLogsExports ?? [])].sort(),
    performanceInsights: writer?.PerformanceInsightsEnabled ? { retentionDays } : 'none',
    backtrackSeconds: cluster.BacktrackWindow ?? 0,
    hasIamAuthentication: cluster.IAMDatabaseAuthenticationEnabled ?? false,
    hasDataApi: cluster.HttpEndpointEnabled ?? false,
    copiesTagsToSnapshots: cluster.CopyTagsToSnapshot ?? false,
  };
}

/** Parameter group families: `aurora-postgresql15`, but `aurora-mysql8.0`. */
function getFamilyVersion({ Engine, EngineVersion = '' }: DBCluster): string {
  const [major = '', minor = ''] = EngineVersion.split('.');
  return Engine === 'aurora-mysql' ? `${major}.${minor}` : major;
}
