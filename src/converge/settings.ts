// Every setting of a copy, with no `source` left: the spec's own value, else what was discovered at build, else
// (keys and roles, which an image does not carry) what the source has now. Pure.
import type { Artifact, DiscoveredMaintenance } from '../artifact/artifact.ts';
import type { FromSource, MaintenanceSpec, Mode, ServerlessSpec } from '../artifact/spec.ts';
import { FactoryError } from '../errors.ts';
import type { LiveSource } from './source.ts';

export interface CopySettings extends DiscoveredMaintenance {
  readonly mode: Mode;
  readonly engine: 'aurora-postgresql' | 'aurora-mysql';
  readonly engineVersion: string;
  readonly port: number;
  readonly subnetIds: readonly string[];
  /** Undefined: a security group of its own, opened for `allowedCidrs`. */
  readonly securityGroupIds: readonly string[] | undefined;
  /** May still hold `client`. */
  readonly allowedCidrs: readonly string[];
  readonly isPubliclyAccessible: boolean;
  readonly networkType: 'IPV4' | 'DUAL';
  readonly instanceClass: string;
  readonly readers: number;
  readonly serverless: ServerlessSpec | 'none';
  readonly storageType: 'aurora' | 'aurora-iopt1';
  readonly databaseName: string | undefined;
  readonly restoreType: 'copy-on-write' | 'full-copy';
  readonly hasDeletionProtection: boolean;
  readonly isEncrypted: boolean;
  /** Undefined: the source's for a clone, the account's default for a fresh cluster. */
  readonly kmsKeyId: string | undefined;
  /** Undefined: RDS's default. */
  readonly performanceInsightsKeyId: string | undefined;
  readonly monitoring: 'none' | { readonly intervalSeconds: number; readonly roleArn: string };
  /** Undefined: RDS's default. */
  readonly engineLifecycleSupport: string | undefined;
}

export function resolveSettings(
  { spec, discovered }: Artifact,
  mode: Mode,
  source: LiveSource,
): CopySettings {
  const { network, target, hardware } = spec;
  const settings: CopySettings = {
    ...resolveMaintenance(spec.maintenance, discovered.maintenance, source, discovered.engineVersion),
    mode,
    engine: discovered.engine,
    engineVersion: source.cluster.EngineVersion ?? discovered.engineVersion,
    port: pick(network.port, discovered.port),
    subnetIds: pick(
      target.subnetIds,
      discovered.subnets.map(({ id }) => id),
    ),
    securityGroupIds: resolveSecurityGroups(network.securityGroupIds, discovered.securityGroupIds),
    allowedCidrs: network.allowedCidrs,
    isPubliclyAccessible: pick(network.isPubliclyAccessible, discovered.isPubliclyAccessible),
    networkType: pick(network.networkType, discovered.networkType),
    instanceClass: pick(target.instanceClass, discovered.instanceClass),
    readers: hardware.readers,
    serverless: pick(hardware.serverless, discovered.serverless),
    storageType: pick(hardware.storageType, discovered.storageType),
    databaseName:
      mode === 'create' ? target.databaseName : (source.cluster.DatabaseName ?? discovered.databaseName),
    restoreType: target.restoreType,
    isEncrypted: discovered.isEncrypted,
    kmsKeyId: resolveKey(spec.maintenance.kmsKeyId, mode, source),
    performanceInsightsKeyId: resolveInsightsKey(spec.maintenance.performanceInsightsKeyId, source),
    monitoring: resolveMonitoring(spec.maintenance.monitoring, source),
    hasDeletionProtection: spec.maintenance.hasDeletionProtection,
    engineLifecycleSupport: source.cluster.EngineLifecycleSupport,
  };
  checkServerless(settings);
  return settings;
}

function pick<T>(asked: FromSource<T>, discovered: T): T {
  return asked === 'source' ? discovered : (asked as T);
}

function resolveSecurityGroups(
  asked: 'own' | 'source' | readonly string[],
  discovered: readonly string[],
): readonly string[] | undefined {
  return asked === 'own' ? undefined : asked === 'source' ? discovered : asked;
}

function resolveMaintenance(
  asked: MaintenanceSpec,
  discovered: DiscoveredMaintenance,
  { cluster, writer }: LiveSource,
  builtVersion: string,
): DiscoveredMaintenance {
  const entries = Object.keys(discovered).map((name) => {
    const key = name as keyof DiscoveredMaintenance;
    return [key, asked[key] === 'source' ? discovered[key] : asked[key]] as const;
  });
  const resolved = Object.fromEntries(entries) as unknown as DiscoveredMaintenance;
  if (cluster.EngineVersion === builtVersion) return resolved;
  // A parameter group belongs to one major version, so an upgraded source brings its new ones.
  return {
    ...resolved,
    clusterParameterGroup: pick(
      asked.clusterParameterGroup,
      cluster.DBClusterParameterGroup ?? resolved.clusterParameterGroup,
    ),
    instanceParameterGroup: pick(
      asked.instanceParameterGroup,
      writer?.DBParameterGroups?.[0]?.DBParameterGroupName ?? resolved.instanceParameterGroup,
    ),
  };
}

function resolveKey(asked: string, mode: Mode, { cluster }: LiveSource): string | undefined {
  if (asked !== 'source') return asked;
  return mode === 'create' ? cluster.KmsKeyId : undefined;
}

function resolveInsightsKey(asked: string | undefined, { writer }: LiveSource): string | undefined {
  return asked === undefined || asked === 'source' ? writer?.PerformanceInsightsKMSKeyId : asked;
}

function resolveMonitoring(
  asked: MaintenanceSpec['monitoring'],
  { writer }: LiveSource,
): CopySettings['monitoring'] {
  if (asked !== 'source') return asked;
  const { MonitoringInterval: intervalSeconds = 0, MonitoringRoleArn: roleArn } = writer ?? {};
  return intervalSeconds > 0 && roleArn ? { intervalSeconds, roleArn } : 'none';
}

function checkServerless({ instanceClass, serverless }: CopySettings): void {
  if (instanceClass !== 'db.serverless' || serverless !== 'none') return;
  throw new FactoryError('BAD_CONFIGURATION', 'db.serverless needs a range of capacity units', {
    hint: 'Set serverless in the INI file, or choose another instance_type.',
  });
}
