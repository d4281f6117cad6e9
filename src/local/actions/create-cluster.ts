// CreateDBCluster: an empty cluster without instances.

import { makeArn } from '../arn.ts';
import type { XmlElement } from '../http/xml.ts';
import { boolean, type Input, integer, list, required, text } from '../parameters.ts';
import type { EngineFamily } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatCluster } from './cluster-answer.ts';
import {
  checkNewClusterId,
  checkPort,
  makeCluster,
  NEW_CLUSTER_PARAMETERS,
  pickZones,
  readEncryption,
} from './cluster-make.ts';
import {
  checkNeutral,
  DEFAULT_SETTINGS,
  LOG_EXPORTS,
  readSettings,
  SHARED_SETTINGS,
} from './cluster-settings.ts';
import { checkPasswordInput, makeSecret } from './managed-password.ts';
import { checkDatabaseName, checkMasterPassword, checkMasterUsername } from './master-user.ts';
import { checkSecurityGroups, checkSubnetGroup } from './references.ts';
import { addTags } from './tag-list.ts';
import { checkEngine, checkParameterGroup, ENGINE_PORTS, getVersion } from './versions.ts';

const PARAMETERS = {
  DBClusterIdentifier: required(text),
  Engine: required(text),
  EngineVersion: text,
  EngineMode: text,
  MasterUsername: text,
  MasterUserPassword: text,
  ManageMasterUserPassword: boolean,
  DatabaseName: text,
  AvailabilityZones: list('AvailabilityZone', text),
  StorageEncrypted: boolean,
  PreferredMaintenanceWindow: text,
  AutoMinorVersionUpgrade: boolean,
  EnableHttpEndpoint: boolean,
  EnablePerformanceInsights: boolean,
  DatabaseInsightsMode: text,
  MonitoringInterval: integer,
  ...NEW_CLUSTER_PARAMETERS,
  ...SHARED_SETTINGS,
  ...LOG_EXPORTS,
} as const;

const NEUTRAL = {
  EngineMode: 'provisioned',
  EnablePerformanceInsights: false,
  DatabaseInsightsMode: 'standard',
  MonitoringInterval: 0,
};

export const createDBCluster = makeAction('rds', 'CreateDBCluster', PARAMETERS, createCluster);

async function createCluster(input: Input<typeof PARAMETERS>, context: ActionContext): Promise<XmlElement> {
  checkNewClusterId(context, input.DBClusterIdentifier);
  const engine = checkEngine(input.Engine);
  const cluster = readCluster(engine, input, context);
  checkPasswordInput(input);
  const arn = makeArn(context.place, 'cluster', input.DBClusterIdentifier.toLowerCase());
  const secret = input.ManageMasterUserPassword ? await makeSecret(context, { ...cluster, arn }) : undefined;
  const password = secret?.password ?? checkMasterPassword(engine, input.MasterUserPassword);
  const port = { port: input.Port ?? ENGINE_PORTS[engine], isNamed: input.Port !== undefined };
  const made = await makeCluster(context, input.DBClusterIdentifier, port, {
    ...cluster,
    pendingVerifier: await context.databases.hashPassword(engine, password),
    masterUserSecret: secret?.name,
  });
  return { DBCluster: formatCluster(context, made) };
}

function readCluster(engine: EngineFamily, input: Input<typeof PARAMETERS>, context: ActionContext) {
  checkNeutral(input, NEUTRAL);
  const version = getVersion(context.databases, engine, input.EngineVersion);
  checkPort(input.Port);
  return {
    engine,
    engineVersion: version.version,
    origin: { kind: 'fresh' },
    masterUsername: checkMasterUsername(engine, input.MasterUsername),
    databaseName: input.DatabaseName ? checkDatabaseName(engine, input.DatabaseName) : undefined,
    subnetGroup: checkSubnetGroup(context, input.DBSubnetGroupName),
    securityGroupIds: checkSecurityGroups(context, input.VpcSecurityGroupIds),
    clusterParameterGroup: checkParameterGroup(
      'DBClusterParameterGroup',
      context.databases,
      version,
      input.DBClusterParameterGroupName,
    ),
    availabilityZones: pickZones(context, input.AvailabilityZones),
    tags: addTags({}, input.Tags),
    settings: {
      ...readSettings(engine, DEFAULT_SETTINGS, input),
      ...readEncryption(context, input.StorageEncrypted, input.KmsKeyId),
    },
  } as const;
}
