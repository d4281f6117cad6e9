// The settings of an instance: their parameters, defaults and limits, for CreateDBInstance and ModifyDBInstance.
import { Fault, invalidCombination, invalidValue } from '../faults.ts';
import { boolean, type Input, integer, text } from '../parameters.ts';
import type { ClusterRecord, InstanceRecord } from '../records.ts';
import { checkWindows } from './windows.ts';

export const INSTANCE_SETTINGS = {
  PubliclyAccessible: boolean,
  PromotionTier: integer,
  AutoMinorVersionUpgrade: boolean,
  PreferredMaintenanceWindow: text,
  CACertificateIdentifier: text,
  MonitoringInterval: integer,
  MonitoringRoleArn: text,
  EnablePerformanceInsights: boolean,
  PerformanceInsightsRetentionPeriod: integer,
  PerformanceInsightsKMSKeyId: text,
} as const;

export type InstanceSettings = Pick<
  InstanceRecord,
  | 'publiclyAccessible'
  | 'promotionTier'
  | 'autoMinorVersionUpgrade'
  | 'preferredMaintenanceWindow'
  | 'caCertificateIdentifier'
  | 'monitoringInterval'
  | 'monitoringRoleArn'
  | 'performanceInsights'
  | 'performanceInsightsRetentionPeriod'
  | 'performanceInsightsKmsKeyId'
>;

export const CERTIFICATES = ['rds-ca-rsa2048-g1', 'rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1'] as const;

/** r4 is retired on AWS, but artifacts of old name it. */
const FAMILIES = ['r4', 'r5', 'r6g', 'r6i', 'r7g', 'r7i', 'r8g', 'x2g'];
const SIZES = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge'];

/** What Aurora offers; here they differ in nothing but the name. */
export function listInstanceClasses(): readonly string[] {
  const burstable = ['t3.medium', 't3.large', 't4g.medium', 't4g.large'];
  const memory = FAMILIES.flatMap((family) => SIZES.map((size) => `${family}.${size}`));
  return ['serverless', ...burstable, ...memory].map((name) => `db.${name}`);
}

export function checkInstanceClass(name: string, cluster: ClusterRecord): string {
  if (!name.startsWith('db.')) throw invalidValue(`Invalid DB Instance class: ${name}`);
  if (!listInstanceClasses().includes(name)) {
    throw invalidCombination(
      `RDS does not support creating a DB instance with the following combination: DBInstanceClass=${name}, ` +
        `Engine=${cluster.engine}, EngineVersion=${cluster.engineVersion}. For supported combinations of instance ` +
        'class and database engine version, see the documentation.',
    );
  }
  if (name === 'db.serverless' && !cluster.settings.serverlessV2) {
    throw new Fault(
      'InvalidDBClusterStateFault',
      'Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.',
    );
  }
  return name;
}

/** What is given replaces what was. */
export function readInstanceSettings(
  input: Input<typeof INSTANCE_SETTINGS>,
  before: InstanceSettings,
  cluster: ClusterRecord,
): InstanceSettings {
  const performanceInsights = input.EnablePerformanceInsights ?? before.performanceInsights;
  const retention = input.PerformanceInsightsRetentionPeriod ?? before.performanceInsightsRetentionPeriod;
  const settings: InstanceSettings = {
    publiclyAccessible: input.PubliclyAccessible ?? before.publiclyAccessible,
    promotionTier: input.PromotionTier ?? before.promotionTier,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? before.autoMinorVersionUpgrade,
    preferredMaintenanceWindow: (
      input.PreferredMaintenanceWindow ?? before.preferredMaintenanceWindow
    ).toLowerCase(),
    caCertificateIdentifier: input.CACertificateIdentifier ?? before.caCertificateIdentifier,
    monitoringInterval: input.MonitoringInterval ?? before.monitoringInterval,
    monitoringRoleArn: input.MonitoringRoleArn ?? before.monitoringRoleArn,
    performanceInsights,
    performanceInsightsRetentionPeriod: performanceInsights ? (retention ?? 7) : undefined,
    performanceInsightsKmsKeyId: performanceInsights
      ? (input.PerformanceInsightsKMSKeyId ?? before.performanceInsightsKmsKeyId)
      : undefined,
  };
  checkInstanceSettings(settings, cluster);
  return settings;
}

function checkInstanceSettings(settings: InstanceSettings, cluster: ClusterRecord): void {
  const { promotionTier: tier, caCertificateIdentifier: certificate } = settings;
  if (tier < 0 || tier > 15) throw invalidValue(`Invalid PromotionTier: ${tier}. Must be between 0 and 15.`);
  if (!CERTIFICATES.some((name) => name === certificate)) {
    throw new Fault('CertificateNotFound', `Certificate ${certificate} not found.`, 404);
  }
  checkWindows(cluster.settings.preferredBackupWindow, settings.preferredMaintenanceWindow);
  checkMonitoring(settings);
  const days = settings.performanceInsightsRetentionPeriod;
  const isRetention =
    days === undefined || days === 7 || days === 731 || (days % 31 === 0 && days >= 31 && days <= 713);
  if (!isRetention) throw invalidValue(`Invalid Performance Insights retention period: ${days}.`);
}

function checkMonitoring({ monitoringInterval: seconds, monitoringRoleArn: role }: InstanceSettings): void {
  if (![0, 1, 5, 10, 15, 30, 60].includes(seconds)) {
    throw invalidValue(`Invalid MonitoringInterval: ${seconds}. Valid values: 0, 1, 5, 10, 15, 30, 60`);
  }
  if (seconds > 0 && !role) {
    throw invalidCombination(
      'A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.',
    );
  }
}
