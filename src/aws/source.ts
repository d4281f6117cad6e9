// Describes a source: the cluster that is cloned or modelled on, and its writer.
import { FactoryError } from '../errors.ts';
import type { AwsConnection } from './connect.ts';
import { findCluster, listInstances } from './rds.ts';
import type { DBCluster, DBInstance } from './types.ts';

export interface DescribedSource {
  readonly cluster: DBCluster;
  /** Undefined: the cluster has no instance, or another account's are not shown. */
  readonly writer: DBInstance | undefined;
}

/** Where the ARN is known it must be this very cluster: another account may have one of the same name. */
export async function getSource(
  aws: AwsConnection,
  { clusterId, arn }: { readonly clusterId: string; readonly arn?: string | undefined },
): Promise<DescribedSource> {
  const [cluster, instances] = await Promise.all([
    findCluster(aws, clusterId),
    listInstances(aws, clusterId),
  ]);
  if (cluster !== undefined && (arn === undefined || cluster.DBClusterArn === arn)) {
    return { cluster, writer: pickWriter(cluster, instances) };
  }
  throw new FactoryError(
    'NOT_FOUND',
    `the source cluster ${arn ?? clusterId} does not exist in ${aws.region}`,
    {
      hint: 'Check the region and the account (--region, AWS_PROFILE); a source must be in the same account.',
    },
  );
}

export function pickWriter(cluster: DBCluster, instances: readonly DBInstance[]): DBInstance | undefined {
  const writer = cluster.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter);
  const isWriter = ({ DBInstanceIdentifier: id }: DBInstance) => id === writer?.DBInstanceIdentifier;
  return instances.find(isWriter) ?? instances[0];
}
