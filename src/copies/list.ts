// Finding copies. All their state is in tags, so any machine with the account's credentials sees the same.

import type { AwsConnection } from '../aws/connect.ts';
import { findCluster, listInstances, readClusters, readInstances } from '../aws/rds.ts';
import type { DBCluster, DBInstance } from '../aws/types.ts';
import { type Copy, describeCopy, describeInstance, findWriterId } from '../converge/copy.ts';
import { FactoryError } from '../errors.ts';

export type { Copy, CopyInstance } from '../converge/copy.ts';

/** Every copy of this region and account, by name. Of what is no copy no more than a page is held at a time. */
export async function listCopies(aws: AwsConnection): Promise<Copy[]> {
  const [bare, instances] = await Promise.all([readBareCopies(aws), groupInstances(readInstances(aws))]);
  return bare
    .map(({ copy, writerId }) => {
      const own = instances.get(copy.clusterId) ?? [];
      return { ...copy, instances: own.map((instance) => describeInstance(instance, writerId)) };
    })
    .sort(compareNames);
}

interface BareCopy {
  readonly copy: Copy;
  readonly writerId: string | undefined;
}

async function readBareCopies(aws: AwsConnection): Promise<BareCopy[]> {
  const bare: BareCopy[] = [];
  for await (const cluster of readClusters(aws)) {
    const copy = describeCopy(cluster, []);
    if (copy !== undefined) bare.push({ copy, writerId: findWriterId(cluster) });
  }
  return bare;
}

type InstanceFacts = Pick<DBInstance, 'DBInstanceIdentifier' | 'DBInstanceStatus' | 'DBInstanceClass'>;

/** By cluster; of each no more than is shown. */
async function groupInstances(instances: AsyncIterable<DBInstance>): Promise<Map<string, InstanceFacts[]>> {
  const groups = new Map<string, InstanceFacts[]>();
  for await (const instance of instances) {
    const { DBClusterIdentifier: clusterId = '', DBInstanceIdentifier, DBInstanceStatus } = instance;
    const facts = { DBInstanceIdentifier, DBInstanceStatus, DBInstanceClass: instance.DBInstanceClass };
    const group = groups.get(clusterId);
    if (group === undefined) groups.set(clusterId, [facts]);
    else group.push(facts);
  }
  return groups;
}

/** Those of the clusters that are copies, by name. */
export function toCopies(clusters: readonly DBCluster[], instances: readonly DBInstance[]): Copy[] {
  const groups = new Map<string | undefined, DBInstance[]>();
  for (const instance of instances) {
    const group = groups.get(instance.DBClusterIdentifier) ?? [];
    groups.set(instance.DBClusterIdentifier, [...group, instance]);
  }
  return clusters
    .map((cluster) => describeCopy(cluster, groups.get(cluster.DBClusterIdentifier) ?? []))
    .filter((copy) => copy !== undefined)
    .sort(compareNames);
}

/** Names are plain letters, so that their codes order them. */
function compareNames(one: Copy, other: Copy): number {
  return one.name < other.name ? -1 : 1;
}

/** Undefined also for a cluster that is no copy. */
export async function findCopy(aws: AwsConnection, name: string): Promise<Copy | undefined> {
  const [cluster, instances] = await Promise.all([
    findCluster(aws, name.toLowerCase()),
    listInstances(aws, name.toLowerCase()),
  ]);
  return cluster && describeCopy(cluster, instances);
}

/** Throws NOT_FOUND, or REFUSED for a cluster that is no copy. */
export async function getCopy(aws: AwsConnection, name: string): Promise<Copy> {
  const copy = await findCopy(aws, name);
  if (copy !== undefined) return copy;
  if ((await findCluster(aws, name.toLowerCase())) === undefined) {
    throw new FactoryError('NOT_FOUND', `there is no copy ${name} in ${aws.region}`, {
      hint: 'db-artifact list shows the copies; check the region and the account (--region, AWS_PROFILE).',
    });
  }
  throw new FactoryError('REFUSED', `the cluster ${name} is no copy that this tool made`, {
    hint: 'db-artifact list shows the copies.',
  });
}
