// The settings that RDS keeps with a cluster: their parameters, defaults and limits.
import { invalidCombination, invalidValue, notSupported } from '../faults.ts';
import { boolean, type Input, integer, list, number, structure, text } from '../parameters.ts';
import type { ClusterSettings, EngineFamily } from '../records.ts';
import { checkWindows, pickBackupWindow, pickMaintenanceWindow } from './windows.ts';

/** Of CreateDBCluster, RestoreDBClusterToPointInTime and ModifyDBCluster alike. */
export const SHARED_SETTINGS = {
  BackupRetentionPeriod: integer,
  PreferredBackupWindow: text,
  DeletionProtection: boolean,
  CopyTagsToSnapshot: boolean,
  EnableIAMDatabaseAuthentication: boolean,
  StorageType: text,
  NetworkType: text,
  BacktrackWindow: integer,
  ServerlessV2ScalingConfiguration: structure({
    MinCapacity: number,
    MaxCapacity: number,
    SecondsUntilAutoPause: integer,
  }),
} as const;

export const LOG_EXPORTS = { EnableCloudwatchLogsExports: list('member', text) } as const;

/** Every settings parameter of any of the three calls; each call describes the ones it has. */
type SettingsInput = Input<typeof SHARED_SETTINGS> &
  Input<typeof LOG_EXPORTS> & {
    readonly PreferredMaintenanceWindow?: string | undefined;
    readonly AutoMinorVersionUpgrade?: boolean | undefined;
    readonly EngineLifecycleSupport?: string | undefined;
    readonly EnableHttpEndpoint?: boolean | undefined;
  };

export const DEFAULT_SETTINGS: ClusterSettings = {
  backupRetentionPeriod: 1,
  preferredBackupWindow: '',
  preferredMaintenanceWindow: '',
  deletionProtection: false,
  copyTagsToSnapshot: false,
  iamDatabaseAuthentication: false,
  autoMinorVersionUpgrade: true,
  httpEndpoint: false,
  storageEncrypted: false,
  storageType: 'aurora',
  networkType: 'IPV4',
  logExports: [],
  engineLifecycleSupport: 'open-source-rds-extended-support',
};

const LOG_TYPES: Record<EngineFamily, readonly string[]> = {
  'aurora-postgresql': ['postgresql', 'instance', 'iam-db-auth-error'],
  'aurora-mysql': ['audit', 'error', 'general', 'instance', 'slowquery', 'iam-db-auth-error'],
};

export function listLogTypes(engine: EngineFamily): readonly string[] {
  return LOG_TYPES[engine];
}

/** What is given replaces what was; everything is checked against the engine and against each other. */
export function readSettings(
  engine: EngineFamily,
  before: ClusterSettings,
  input: SettingsInput,
): ClusterSettings {
  checkRanges(engine, input);
  const settings: ClusterSettings = {
    ...before,
    ...readWindows(before, input),
    backupRetentionPeriod: input.BackupRetentionPeriod ?? before.backupRetentionPeriod,
    deletionProtection: input.DeletionProtection ?? before.deletionProtection,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? before.copyTagsToSnapshot,
    iamDatabaseAuthentication: input.EnableIAMDatabaseAuthentication ?? before.iamDatabaseAuthentication,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? before.autoMinorVersionUpgrade,
    httpEndpoint: input.EnableHttpEndpoint ?? before.httpEndpoint,
    storageType:
      readChoice('StorageType', ['aurora', 'aurora-iopt1'], input.StorageType) ?? before.storageType,
    networkType: readChoice('NetworkType', ['IPV4', 'DUAL'], input.NetworkType) ?? before.networkType,
    logExports: input.EnableCloudwatchLogsExports ?? before.logExports,
    serverlessV2: readServerless(input.ServerlessV2ScalingConfiguration, before.serverlessV2),
    engineLifecycleSupport: input.EngineLifecycleSupport ?? before.engineLifecycleSupport,
    backtrackWindow: input.BacktrackWindow ?? before.backtrackWindow,
  };
  checkWindows(settings.preferredBackupWindow, settings.preferredMaintenanceWindow);
  return settings;
}

function readWindows(before: ClusterSettings, input: SettingsInput) {
  const backup = (input.PreferredBackupWindow ?? before.preferredBackupWindow) || undefined;
  const maintenance = (input.PreferredMaintenanceWindow ?? before.preferredMaintenanceWindow) || undefined;
  const preferredBackupWindow = backup ?? pickBackupWindow(maintenance ?? 'sun:05:00-sun:05:30');
  const preferredMaintenanceWindow = (
    maintenance ?? pickMaintenanceWindow(preferredBackupWindow)
  ).toLowerCase();
  return { preferredBackupWindow, preferredMaintenanceWindow };
}

function checkRanges(engine: EngineFamily, input: SettingsInput): void {
  const { BackupRetentionPeriod: days, BacktrackWindow: seconds, EngineLifecycleSupport: support } = input;
  if (days !== undefined && (days < 1 || days > 35)) {
    throw invalidValue(
      `Invalid backup retention period: ${days}. Retention period must be between 1 and 35.`,
    );
  }
  if (seconds !== undefined && engine !== 'aurora-mysql') {
    throw invalidCombination(`Backtrack is not supported for the ${engine} engine.`);
  }
  if (seconds !== undefined && (seconds < 0 || seconds > 259_200)) {
    throw invalidValue(`Invalid BacktrackWindow: ${seconds}. Must be between 0 and 259200.`);
  }
  if (support !== undefined && !/^open-source-rds-extended-support(-disabled)?$/.test(support)) {
    throw invalidValue(`Invalid EngineLifecycleSupport: ${support}`);
  }
  checkLogTypes(engine, input.EnableCloudwatchLogsExports ?? []);
}

export function checkLogTypes(engine: EngineFamily, types: readonly string[]): void {
  const unknown = types.filter((type) => !LOG_TYPES[engine].includes(type));
  if (unknown.length === 0) return;
  throw invalidCombination(
    `You cannot use the log types '${unknown.join(', ')}' with engine version ${engine}. ` +
      'For supported log types, see the documentation.',
  );
}

function readChoice<const T extends string>(
  name: string,
  choices: readonly T[],
  value?: string,
): T | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw invalidValue(`Invalid ${name}: ${value}. Valid values: ${choices.join(', ')}`);
  return choice;
}

type Range = NonNullable<ClusterSettings['serverlessV2']>;

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ServerlessV2ScalingConfiguration.html */
function readServerless(
  given: SettingsInput['ServerlessV2ScalingConfiguration'],
  before: Range | undefined,
): Range | undefined {
  if (given === undefined) return before;
  const min = given.MinCapacity ?? before?.min;
  const max = given.MaxCapacity ?? before?.max;
  if (min === undefined || max === undefined) {
    throw invalidCombination(
      'Both MinCapacity and MaxCapacity must be set in ServerlessV2ScalingConfiguration.',
    );
  }
  const isValid = min >= 0 && max >= 1 && max <= 256 && min <= max && isHalfStep(min) && isHalfStep(max);
  if (!isValid) {
    throw invalidValue(
      `Serverless v2 capacity ${min} to ${max} isn't valid: steps of 0.5, minimum 0, maximum 1 to 256.`,
    );
  }
  const seconds = given.SecondsUntilAutoPause ?? before?.secondsUntilAutoPause;
  if (min > 0) return refuseAutoPause(given.SecondsUntilAutoPause, { min, max });
  if (seconds !== undefined && (seconds < 300 || seconds > 86_400)) {
    throw invalidValue(`Invalid SecondsUntilAutoPause: ${seconds}. Must be between 300 and 86400.`);
  }
  return { min, max, secondsUntilAutoPause: seconds ?? 300 };
}

function refuseAutoPause(seconds: number | undefined, range: Range): Range {
  if (seconds === undefined) return range;
  throw invalidCombination('SecondsUntilAutoPause can only be set when MinCapacity is 0.');
}

function isHalfStep(capacity: number): boolean {
  return Number.isInteger(capacity * 2);
}

/** Parameters that are taken with the value that changes nothing, because clients send them with defaults. */
export function checkNeutral(
  input: Readonly<Record<string, unknown>>,
  neutral: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(neutral)) {
    if (input[name] !== undefined && input[name] !== value)
      throw notSupported(`${name} with the value ${input[name]}`);
  }
}
