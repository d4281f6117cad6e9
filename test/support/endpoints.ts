// The endpoints that converging is tested on.
import { CreateDBClusterParameterGroupCommand, CreateDBParameterGroupCommand } from '@aws-sdk/client-rds';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
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

/** What the environment names, AWS itself included; it is given clusters of two families and rid of them. */
export async function openRemote(env: NodeJS.ProcessEnv): Promise<Endpoint> {
  return {
    aws: await connectAws({ env }),
    hasDatabases: false,
    hasStorageTypes: true,
    makeGroups: async () => ({}),
    shortcomings: [/^could not/, /cannot be reached from here/, /:/],
    async [Symbol.asyncDispose]() {},
  };
}

async function makeParameterGroups(aws: AwsConnection, engine: Place['engine']): Promise<Partial<Place>> {
  const rds = await aws.rds();
  const DBParameterGroupFamily = engine === 'aurora-mysql' ? 'aurora-mysql8.0' : 'aurora-postgresql15';
  const group = { DBParameterGroupFamily, Description: 'for a test' };
  const [clusterParameterGroup, instanceParameterGroup] = ['of-clusters', 'of-instances'];
  await rds.send(
    new CreateDBClusterParameterGroupCommand({
      ...group,
      DBClusterParameterGroupName: clusterParameterGroup,
    }),
  );
  await rds.send(
    new CreateDBParameterGroupCommand({ ...group, DBParameterGroupName: instanceParameterGroup }),
  );
  return { clusterParameterGroup, instanceParameterGroup };
}

export function findRemoteProblem(env: NodeJS.ProcessEnv): string | undefined {
  return env['REMOTE'] === '1' ? undefined : 'REMOTE=1 and AWS_ENDPOINT_URL or an AWS account';
}
