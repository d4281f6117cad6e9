// Small functions over the RDS API: clusters, instances and what happened to them. Knows no plan and no artifact.
// `find...` gives undefined for what does not exist; changes and removals demand a proof of ownership.
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeEventsCommand,
  EnableHttpEndpointCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RestoreDBClusterToPointInTimeCommand,
  StartDBClusterCommand,
  StopDBClusterCommand,
} from '@aws-sdk/client-rds';
import { FactoryError } from '../errors.ts';
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws, hasAwsCode } from './errors.ts';
import type { OwnedCluster, OwnedInstance } from './owned.ts';
import { collectAll, readPages } from './pages.ts';
import type {
  CreateDBClusterMessage,
  CreateDBInstanceMessage,
  DBCluster,
  DBInstance,
  ModifyDBClusterMessage,
  ModifyDBInstanceMessage,
  RdsEvent,
  RestoreDBClusterToPointInTimeMessage,
} from './types.ts';

export async function findCluster(aws: AwsConnection, id: string): Promise<DBCluster | undefined> {
  return await undefinedIfMissing('DBClusterNotFound', `describing cluster ${id}`, async () => {
    const rds = await aws.rds();
    const command = new DescribeDBClustersCommand({ DBClusterIdentifier: id });
    return (await rds.send(command, getSendOptions(aws))).DBClusters?.[0];
  });
}

export async function getCluster(aws: AwsConnection, id: string): Promise<DBCluster> {
  const cluster = await findCluster(aws, id);
  if (cluster !== undefined) return cluster;
  throw new FactoryError('NOT_FOUND', `there is no cluster ${id} in ${aws.region}`, {
    hint: 'Check the name, the region and the account (--region, AWS_PROFILE).',
  });
}

/** Aurora clusters alone: the API also lists Neptune, DocumentDB and Multi-AZ clusters. */
export async function listClusters(aws: AwsConnection, filter?: ClusterFilter): Promise<DBCluster[]> {
  return await collectAll(readClusters(aws, filter));
}

export interface ClusterFilter {
  readonly cloneGroupId?: string;
  /** Also those that other accounts share. */
  readonly isSharedToo?: boolean;
}

export async function* readClusters(
  aws: AwsConnection,
  { cloneGroupId, isSharedToo }: ClusterFilter = {},
): AsyncGenerator<DBCluster> {
  const Filters =
    cloneGroupId === undefined ? undefined : [{ Name: 'clone-group-id', Values: [cloneGroupId] }];
  const rds = await aws.rds();
  const clusters = readPages('listing clusters', async (Marker) => {
    const command = new DescribeDBClustersCommand({ Filters, Marker, IncludeShared: isSharedToo });
    const page = await rds.send(command, getSendOptions(aws));
    return { items: page.DBClusters ?? [], marker: page.Marker };
  });
  for await (const cluster of clusters) if (cluster.Engine?.startsWith('aurora')) yield cluster;
}

/** Of one cluster, or of all. */
export async function listInstances(aws: AwsConnection, clusterId?: string): Promise<DBInstance[]> {
  return await collectAll(readInstances(aws, clusterId));
}

export async function* readInstances(aws: AwsConnection, clusterId?: string): AsyncGenerator<DBInstance> {
  const Filters = clusterId === undefined ? undefined : [{ Name: 'db-cluster-id', Values: [clusterId] }];
  const rds = await aws.rds();
  yield* readPages(`listing instances of ${clusterId ?? 'all clusters'}`, async (Marker) => {
    const page = await rds.send(new DescribeDBInstancesCommand({ Filters, Marker }), getSendOptions(aws));
    return { items: page.DBInstances ?? [], marker: page.Marker };
  });
}

export async function restoreCluster(
  aws: AwsConnection,
  input: RestoreDBClusterToPointInTimeMessage,
): Promise<void> {
  await callAws(`restoring cluster ${input.DBClusterIdentifier}`, async () => {
    await (await aws.rds()).send(new RestoreDBClusterToPointInTimeCommand(input), getSendOptions(aws));
  });
}

export async function createCluster(aws: AwsConnection, input: CreateDBClusterMessage): Promise<void> {
  await callAws(`creating cluster ${input.DBClusterIdentifier}`, async () => {
    await (await aws.rds()).send(new CreateDBClusterCommand(input), getSendOptions(aws));
  });
}

export async function modifyCluster(
  aws: AwsConnection,
  { DBClusterIdentifier }: OwnedCluster,
  changes: Omit<ModifyDBClusterMessage, 'DBClusterIdentifier' | 'ApplyImmediately'>,
): Promise<void> {
  await callAws(`modifying cluster ${DBClusterIdentifier}`, async () => {
    const command = new ModifyDBClusterCommand({ ...changes, DBClusterIdentifier, ApplyImmediately: true });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}

export async function deleteCluster(
  aws: AwsConnection,
  { DBClusterIdentifier }: OwnedCluster,
): Promise<void> {
  await callAws(`deleting cluster ${DBClusterIdentifier}`, async () => {
    const command = new DeleteDBClusterCommand({ DBClusterIdentifier, SkipFinalSnapshot: true });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}

export async function startCluster(aws: AwsConnection, { DBClusterIdentifier }: OwnedCluster): Promise<void> {
  await callAws(`starting cluster ${DBClusterIdentifier}`, async () => {
    await (await aws.rds()).send(new StartDBClusterCommand({ DBClusterIdentifier }), getSendOptions(aws));
  });
}

export async function stopCluster(aws: AwsConnection, { DBClusterIdentifier }: OwnedCluster): Promise<void> {
  await callAws(`stopping cluster ${DBClusterIdentifier}`, async () => {
    await (await aws.rds()).send(new StopDBClusterCommand({ DBClusterIdentifier }), getSendOptions(aws));
  });
}

/** The Data API of provisioned and Serverless v2 clusters; ModifyDBCluster's flag is for Serverless v1 alone. */
export async function enableHttpEndpoint(aws: AwsConnection, cluster: OwnedCluster): Promise<void> {
  await callAws(`enabling the Data API of cluster ${cluster.DBClusterIdentifier}`, async () => {
    const command = new EnableHttpEndpointCommand({ ResourceArn: cluster.DBClusterArn });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}

export async function createInstance(aws: AwsConnection, input: CreateDBInstanceMessage): Promise<void> {
  await callAws(`creating instance ${input.DBInstanceIdentifier}`, async () => {
    await (await aws.rds()).send(new CreateDBInstanceCommand(input), getSendOptions(aws));
  });
}

export async function modifyInstance(
  aws: AwsConnection,
  { DBInstanceIdentifier }: OwnedInstance,
  changes: Omit<ModifyDBInstanceMessage, 'DBInstanceIdentifier' | 'ApplyImmediately'>,
): Promise<void> {
  await callAws(`modifying instance ${DBInstanceIdentifier}`, async () => {
    const command = new ModifyDBInstanceCommand({ ...changes, DBInstanceIdentifier, ApplyImmediately: true });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}

export async function deleteInstance(
  aws: AwsConnection,
  { DBInstanceIdentifier }: OwnedInstance,
): Promise<void> {
  await callAws(`deleting instance ${DBInstanceIdentifier}`, async () => {
    const command = new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}

/** What RDS says happened to a cluster or instance lately, oldest first. */
export async function listEvents(
  aws: AwsConnection,
  SourceType: 'db-cluster' | 'db-instance',
  SourceIdentifier: string,
  minutes: number,
): Promise<RdsEvent[]> {
  return await callAws(`reading the events of ${SourceIdentifier}`, async () => {
    const command = new DescribeEventsCommand({ SourceType, SourceIdentifier, Duration: minutes });
    return (await (await aws.rds()).send(command, getSendOptions(aws))).Events ?? [];
  });
}

async function undefinedIfMissing<T>(
  code: string,
  doing: string,
  call: () => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await callAws(doing, call);
  } catch (error) {
    if (hasAwsCode(error, code)) return undefined;
    throw error;
  }
}
