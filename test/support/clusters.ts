// Clusters and instances for tests of actions, made through the API.
import {
  CreateDBClusterCommand,
  type CreateDBClusterCommandInput,
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
} from '@aws-sdk/client-rds';
import type { TestRds } from './local-rds.ts';
import { waitUntil } from './wait-until.ts';

export const CLUSTER = {
  Engine: 'aurora-postgresql',
  MasterUsername: 'shop',
  MasterUserPassword: 'correct-horse',
} as const;

export const INSTANCE = { Engine: 'aurora-postgresql', DBInstanceClass: 'db.t4g.medium' } as const;

/** Resolves when it is available. */
export async function makeCluster(
  aws: TestRds,
  id: string,
  input: Partial<CreateDBClusterCommandInput> = {},
): Promise<DBCluster> {
  await aws.rds.send(new CreateDBClusterCommand({ ...CLUSTER, DBClusterIdentifier: id, ...input }));
  return await waitCluster(aws, id);
}

export async function makeInstance(
  aws: TestRds,
  clusterId: string,
  input: Partial<CreateDBInstanceCommandInput> = {},
): Promise<DBInstance> {
  const id = `${clusterId}-1`;
  const named = { DBClusterIdentifier: clusterId, DBInstanceIdentifier: id };
  await aws.rds.send(new CreateDBInstanceCommand({ ...INSTANCE, ...named, ...input }));
  return await waitUntil(`${id} is available`, async () => {
    const { DBInstances } = await aws.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: input.DBInstanceIdentifier ?? id }),
    );
    return DBInstances?.[0]?.DBInstanceStatus === 'available' && DBInstances[0];
  });
}

export async function waitCluster(aws: TestRds, id: string, status = 'available'): Promise<DBCluster> {
  return await waitUntil(`${id} is ${status}`, async () => {
    const cluster = await describeCluster(aws, id);
    return cluster.Status === status && cluster;
  });
}

export async function describeCluster(aws: TestRds, id: string): Promise<DBCluster> {
  const { DBClusters } = await aws.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
  const cluster = DBClusters?.[0];
  if (!cluster) throw new Error(`no cluster ${id} in the answer`);
  return cluster;
}

/** Resolves when a call says that the thing does not exist. */
export async function waitGone(what: string, probe: () => Promise<unknown>): Promise<void> {
  await waitUntil(`${what} is gone`, async () =>
    probe().then(
      () => false,
      (error) => /NotFound/.test(error.name) || Promise.reject(error),
    ),
  );
}
