// An INI file that sets every operational setting to something unusual, and the requests that must carry each.
import type { Mode } from '../../src/artifact/spec.ts';

/** What exists on the endpoint that the settings are tried on. */
export interface Place {
  readonly engine: 'aurora-postgresql' | 'aurora-mysql';
  readonly subnetIds: readonly string[];
  readonly clusterParameterGroup: string;
  readonly instanceParameterGroup: string;
  /** Of those that are not what a cluster has anyhow, one that the endpoint can make. */
  readonly storageType: 'aurora' | 'aurora-iopt1';
}

export interface Sent {
  readonly action: string;
  /** Part of the request's input. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Setting {
  readonly section: string;
  readonly key: string;
  readonly text: string;
  readonly sent: readonly Sent[];
}

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0f6f0f38-2f0e-4b8f-9a53-3c1f4f0a7a11';
const ROLE = 'arn:aws:iam::123456789012:role/monitoring';

/** `Tags` and `IpPermissions` are lists of which the request must have these members, with these properties. */
export function isSent({ action, input }: Sent, requests: readonly Sent[]): boolean {
  return requests.some((request) => request.action === action && contains(request.input, input));
}

function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part) && Array.isArray(whole)) {
    return part.every((member) => whole.some((other) => contains(other, member)));
  }
  if (typeof part !== 'object' || part === null) return whole === part;
  return Object.entries(part).every(
    ([key, value]) =>
      typeof whole === 'object' &&
      whole !== null &&
      contains(Object.entries(whole).find(([name]) => name === key)?.[1], value),
  );
}

/** A restore takes less than a create: the rest follows by a modification. */
export function listSettings(place: Place, mode: Mode): readonly Setting[] {
  const made = mode === 'clone' ? 'RestoreDBClusterToPointInTime' : 'CreateDBCluster';
  const inCluster = (input: Sent['input']): Sent => ({ action: made, input });
  const inModify = (input: Sent['input']): Sent => ({ action: 'ModifyDBCluster', input });
  const inInstance = (input: Sent['input']): Sent => ({ action: 'CreateDBInstance', input });
  const range = { MinCapacity: 0, MaxCapacity: 7.5, SecondsUntilAutoPause: 600 };
  const log = place.engine === 'aurora-mysql' ? 'slowquery' : 'postgresql';
  const afterwards = (input: Sent['input']): readonly Sent[] =>
    mode === 'clone' ? [inModify(input)] : [inCluster(input), inModify(input)];
  const of =
    (section: string) =>
    (key: string, text: string, ...sent: readonly Sent[]): Setting => ({ section, key, text, sent });
  const [target, network] = [of('target_db'), of('network')];
  const [hardware, maintenance] = [of('hardware'), of('maintenance')];
  return [
    target('subnet_ids', place.subnetIds.join(', '), {
      action: 'CreateDBSubnetGroup',
      input: { SubnetIds: place.subnetIds },
    }),
    target('instance_type', 'db.serverless', inInstance({ DBInstanceClass: 'db.serverless' })),
    target('database_name', 'orders', ...(mode === 'create' ? [inCluster({ DatabaseName: 'orders' })] : [])),
    target(
      'restore_type',
      'copy-on-write',
      ...(mode === 'clone'
        ? [inCluster({ RestoreType: 'copy-on-write', UseLatestRestorableTime: true })]
        : []),
    ),
    network('port', '5544', inCluster({ Port: 5544 })),
    network('security_group_ids', 'own', { action: 'CreateSecurityGroup', input: {} }),
    network(
      'allowed_cidrs',
      '10.1.2.3/16, 2001:db8::/64, client',
      ingress({ IpRanges: [{ CidrIp: '10.1.0.0/16' }] }),
      ingress({ Ipv6Ranges: [{ CidrIpv6: '2001:db8::/64' }] }),
      ingress({ IpRanges: [{ CidrIp: '127.0.0.1/32' }] }),
    ),
    network('publicly_accessible', 'no', inInstance({ PubliclyAccessible: false })),
    network('network_type', 'DUAL', inCluster({ NetworkType: 'DUAL' })),
    hardware('readers', '0', inInstance({ PromotionTier: 0 })),
    hardware('serverless_min_acu', '0', inCluster({ ServerlessV2ScalingConfiguration: range })),
    hardware('serverless_max_acu', '7.5', inCluster({ ServerlessV2ScalingConfiguration: range })),
    hardware('serverless_auto_pause', '10m', inCluster({ ServerlessV2ScalingConfiguration: range })),
    hardware(
      'storage_type',
      place.storageType,
      ...(place.storageType === 'aurora' ? [] : [inCluster({ StorageType: place.storageType })]),
    ),
    maintenance('backup_window', '01:10-01:55', ...afterwards({ PreferredBackupWindow: '01:10-01:55' })),
    place.engine === 'aurora-mysql'
      ? maintenance('backtrack_window', '24h', inCluster({ BacktrackWindow: 86_400 }))
      : maintenance('backtrack_window', '0'),
    maintenance('backup_retention_days', '11', ...afterwards({ BackupRetentionPeriod: 11 })),
    maintenance(
      'maintenance_window',
      'Tue:03:00-Tue:04:30',
      ...afterwards({ PreferredMaintenanceWindow: 'tue:03:00-tue:04:30' }),
      inInstance({ PreferredMaintenanceWindow: 'tue:03:00-tue:04:30' }),
    ),
    maintenance(
      'auto_minor_version_upgrade',
      'no',
      inModify({ AutoMinorVersionUpgrade: false }),
      inInstance({ AutoMinorVersionUpgrade: false }),
    ),
    maintenance(
      'cluster_parameter_group',
      place.clusterParameterGroup,
      inCluster({ DBClusterParameterGroupName: place.clusterParameterGroup }),
    ),
    maintenance(
      'instance_parameter_group',
      place.instanceParameterGroup,
      inInstance({ DBParameterGroupName: place.instanceParameterGroup }),
    ),
    maintenance(
      'ca_certificate',
      'rds-ca-ecc384-g1',
      inInstance({ CACertificateIdentifier: 'rds-ca-ecc384-g1' }),
    ),
    maintenance('deletion_protection', 'yes', inCluster({ DeletionProtection: true })),
    maintenance('log_exports', log, inCluster({ EnableCloudwatchLogsExports: [log] })),
    maintenance(
      'performance_insights_retention_days',
      '93',
      inInstance({ EnablePerformanceInsights: true, PerformanceInsightsRetentionPeriod: 93 }),
    ),
    maintenance('performance_insights_kms_key_id', KEY, inInstance({ PerformanceInsightsKMSKeyId: KEY })),
    maintenance('monitoring_interval', '15', inInstance({ MonitoringInterval: 15 })),
    maintenance('monitoring_role_arn', ROLE, inInstance({ MonitoringRoleArn: ROLE })),
    maintenance('iam_authentication', 'yes', inCluster({ EnableIAMDatabaseAuthentication: true })),
    maintenance('kms_key_id', KEY, inCluster({ KmsKeyId: KEY })),
    maintenance('data_api', 'yes', { action: 'EnableHttpEndpoint', input: {} }),
    maintenance('copy_tags_to_snapshot', 'yes', inCluster({ CopyTagsToSnapshot: true })),
    of('lifetime')('ttl', '3h', tagged(made, 'db-artifact:expires', '2030-01-01T03:00:00Z')),
    of('lifetime')('max_ttl', '2d', tagged(made, 'db-artifact:max-ttl', '172800')),
  ];
}

export function makeIni(sourceId: string, settings: readonly Setting[]): string {
  const sections = [...new Set(settings.map(({ section }) => section))];
  const bodies = sections.map((section) => {
    const own = settings.filter((setting) => setting.section === section);
    return `[${section}]\n${own.map(({ key, text }) => `${key} = ${text}`).join('\n')}\n`;
  });
  return `[source_db]\nsource_db_cluster_id = ${sourceId}\n${bodies.join('')}[tags]\nTeam = Orders\n`;
}

function ingress(range: Readonly<Record<string, unknown>>): Sent {
  return { action: 'AuthorizeSecurityGroupIngress', input: { IpPermissions: [range] } };
}

function tagged(action: string, Key: string, Value: string): Sent {
  return { action, input: { Tags: [{ Key, Value }] } };
}
