// Finding copies. All their state is in tags, so any machine with the account's credentials sees the same.

import type { AwsConnection } from '../aws/connect.ts';
import { findCluster, listClusters, listInstances } from '../aws/rds.ts';
import type { DBCluster, DBInstance } from '../aws/types.ts';
import { type Copy, describeCopy } from '../converge/copy.ts';
import { FactoryError } from '../errors.ts';

export type { Copy, CopyInstance } from '../converge/copy.ts';

/** Every copy of this region and account, by name. */
export async function listCopies(aws: AwsConnection): Promise<Copy[]> {
  const [clusters, instances] = await Promise.all([listClusters(aws), listInstances(aws)]);
  return toCopies(clusters, instances);
}

/** Those of the clusters that are copies, by name. */
export function toCopies(clusters: readonly DBCluster[], instances: readonly DBInstance[]): Copy[] {
  return clusters
    .map((cluster) => {
      const own = instances.filter(
        (instance) => instance.DBClusterIdentifier === cluster.DBClusterIdentifier,
      );
      return describeCopy(cluster, own);
    })
    .filter((copy) => copy !== undefined)
    .sort((one, other) => one.name.localeCompare(other.name));
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
