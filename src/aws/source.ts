// Describes a source: the cluster that is cloned or modelled on, and its writer.
import { FactoryError } from '../errors.ts';
import type { AwsConnection } from './connect.ts';
import { findCluster, listInstances, readClusters } from './rds.ts';
import type { DBCluster, DBInstance } from './types.ts';

export interface DescribedSource {
  readonly cluster: DBCluster;
  /** Undefined: the cluster has no instance, or it is another account's, whose instances are not shown. */
  readonly writer: DBInstance | undefined;
  /** By another account, through AWS RAM. */
  readonly isShared: boolean;
}

/** As the INI names it; the region is that of the ARN. */
export interface SourceReference {
  readonly clusterId: string;
  readonly arn?: string | undefined;
  readonly region?: string | undefined;
}

/** Where the ARN is known it must be this very cluster: another account may have one of the same name. */
export async function getSource(aws: AwsConnection, source: SourceReference): Promise<DescribedSource> {
  const { clusterId, arn } = source;
  checkRegion(aws, source);
  const [cluster, instances] = await Promise.all([
    findCluster(aws, clusterId),
    listInstances(aws, clusterId),
  ]);
  if (cluster !== undefined && (arn === undefined || cluster.DBClusterArn === arn)) {
    return { cluster, writer: pickWriter(cluster, instances), isShared: false };
  }
  const shared = arn === undefined ? undefined : await findSharedCluster(aws, arn);
  if (shared !== undefined) return { cluster: shared, writer: undefined, isShared: true };
  throw new FactoryError(
    'NOT_FOUND',
    `the source cluster ${arn ?? clusterId} does not exist in ${aws.region}`,
    {
      hint:
        arn === undefined
          ? 'Check the region and the account (--region, AWS_PROFILE); name a cluster of another account by its ARN.'
          : 'Check the ARN and the account (AWS_PROFILE); another account must share its cluster with this one (AWS RAM), and the share must be accepted.',
    },
  );
}

/** A restore never leaves its region. */
function checkRegion(aws: AwsConnection, { arn, region }: SourceReference): void {
  if (region === undefined || region === aws.region) return;
  throw new FactoryError('BAD_INVOCATION', `the source ${arn} is not in ${aws.region}`, {
    hint: `A copy is made in the region of its source: use --region ${region}, or leave it out.`,
  });
}

/** RDS takes no foreign name in place of a list: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.Cross-Account.html */
async function findSharedCluster(aws: AwsConnection, arn: string): Promise<DBCluster | undefined> {
  for await (const cluster of readClusters(aws, { isSharedToo: true })) {
    if (cluster.DBClusterArn === arn) return cluster;
  }
  return undefined;
}

export function pickWriter(cluster: DBCluster, instances: readonly DBInstance[]): DBInstance | undefined {
  const writer = cluster.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter);
  const isWriter = ({ DBInstanceIdentifier: id }: DBInstance) => id === writer?.DBInstanceIdentifier;
  return instances.find(isWriter) ?? instances[0];
}
