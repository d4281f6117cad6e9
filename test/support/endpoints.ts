// The endpoints that converging is tested on.
import {
  CreateDBClusterParameterGroupCommand,
  CreateDBParameterGroupCommand,
  DeleteDBClusterParameterGroupCommand,
  DeleteDBParameterGroupCommand,
} from '@aws-sdk/client-rds';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { removeSource } from './account.ts';
import type { Endpoint } from './converge-cases.ts';
import type { Place } from './every-setting.ts';
import { openLocalAccount } from './local-account.ts';
import { startMoto } from './moto.ts';

/** It describes less than it is told, and lets a clone inherit what RDS does not. */
export async function openMoto(): Promise<Endpoint> {
  const moto = await startMoto();
  const aws = await connectAws({ env: moto.env });
  return {
    aws,
    hasDatabases: false,
    hasStorageTypes: false,
    makeGroups: async (engine) => await makeParameterGroups(aws, engine),
    shortcomings: [/^could not/, /cannot be reached from here/, /^Data API/, /^log exports/, /^IAM auth/],
    [Symbol.asyncDispose]: async () => await moto.stop(),
  };
}

/** It gives clusters ports of its own choice and has no Data API. */
export async function openLocal(): Promise<Endpoint> {
  const local = await openLocalAccount();
  return {
    aws: local.aws,
    hasDatabases: true,
    hasStorageTypes: true,
    makeGroups: async () => ({}),
    shortcomings: [/^port:/, /^Data API/],
    [Symbol.asyncDispose]: async () => await local[Symbol.asyncDispose](),
  };
}

/** Of the slowest endpoint there is, AWS itself, for one copy. */
export const REMOTE_TIMEOUT_SECONDS = 3600;

/**
 * What the environment names, AWS itself included; it is given a source of each family and rid of it. REMOTE_LACKS names
 * what it cannot do: `storage-types`, `parameter-groups`.
 */
export async function openRemote(env: NodeJS.ProcessEnv): Promise<Endpoint> {
  const aws = await connectAws({ env });
  const lacks = (env['REMOTE_LACKS'] ?? '').split(',');
  const hasGroups = !lacks.includes('parameter-groups');
  return {
    aws,
    hasDatabases: false,
    hasStorageTypes: !lacks.includes('storage-types'),
    hasKeys: env['AWS_ENDPOINT_URL'] === undefined,
    makeGroups: async (engine, family) => (hasGroups ? await makeParameterGroups(aws, engine, family) : {}),
    shortcomings: [/^could not/, /cannot be reached from here/, /:/],
    async removeSource(clusterId) {
      await removeSource(aws, clusterId, REMOTE_TIMEOUT_SECONDS * 1000);
      if (hasGroups) await removeParameterGroups(aws);
    },
    async [Symbol.asyncDispose]() {},
  };
}

const [CLUSTER_GROUP, INSTANCE_GROUP] = ['of-clusters', 'of-instances'];

async function removeParameterGroups(aws: AwsConnection): Promise<void> {
  const rds = await aws.rds();
  await rds.send(new DeleteDBClusterParameterGroupCommand({ DBClusterParameterGroupName: CLUSTER_GROUP }));
  await rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: INSTANCE_GROUP }));
}

async function makeParameterGroups(
  aws: AwsConnection,
  engine: Place['engine'],
  family = '',
): Promise<Partial<Place>> {
  const rds = await aws.rds();
  const usual = engine === 'aurora-mysql' ? 'aurora-mysql8.0' : 'aurora-postgresql15';
  const DBParameterGroupFamily = family.startsWith(engine) ? family : usual;
  const group = { DBParameterGroupFamily, Description: 'for a test' };
  await rds.send(
    new CreateDBClusterParameterGroupCommand({
      ...group,
      DBClusterParameterGroupName: CLUSTER_GROUP,
    }),
  );
  await rds.send(new CreateDBParameterGroupCommand({ ...group, DBParameterGroupName: INSTANCE_GROUP }));
  return { clusterParameterGroup: CLUSTER_GROUP, instanceParameterGroup: INSTANCE_GROUP };
}

export function findRemoteProblem(env: NodeJS.ProcessEnv): string | undefined {
  return env['REMOTE'] === '1' ? undefined : 'REMOTE=1 and AWS_ENDPOINT_URL or an AWS account';
}
