// The source as it stands now: what it is (so that it is never touched), and whether it can be cloned.
import type { Artifact } from '../artifact/artifact.ts';
import type { SourceSpec } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import { getEndpoint, type SourceIdentity } from '../aws/owned.ts';
import { findCluster, listInstances } from '../aws/rds.ts';
import type { DBCluster, DBInstance } from '../aws/types.ts';
import { FactoryError } from '../errors.ts';
import { classifyStatus } from './statuses.ts';

export interface LiveSource {
  readonly cluster: DBCluster;
  readonly writer: DBInstance | undefined;
  readonly identity: SourceIdentity;
}

export async function readSource(aws: AwsConnection, spec: SourceSpec): Promise<LiveSource> {
  const [cluster, instances] = await Promise.all([
    getSourceCluster(aws, spec),
    listInstances(aws, spec.clusterId),
  ]);
  return {
    cluster,
    writer: pickWriter(cluster, instances),
    identity: {
      clusterId: spec.clusterId,
      resourceId: cluster.DbClusterResourceId ?? '',
      endpoint: getEndpoint(cluster),
    },
  };
}

async function getSourceCluster(aws: AwsConnection, spec: SourceSpec): Promise<DBCluster> {
  const cluster = await findCluster(aws, spec.clusterId);
  if (cluster !== undefined) return cluster;
  throw new FactoryError(
    'NOT_FOUND',
    `the source cluster ${spec.clusterId} does not exist in ${aws.region}`,
    {
      hint: 'Check the region and the account (--region, AWS_PROFILE).',
    },
  );
}

export function pickWriter(cluster: DBCluster, instances: readonly DBInstance[]): DBInstance | undefined {
  const writer = cluster.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter);
  return (
    instances.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === writer?.DBInstanceIdentifier) ??
    instances[0]
  );
}

/** Throws when the source can surely not be cloned; returns what may go wrong. */
export function checkCloneable({ cluster, writer }: LiveSource, artifact: Artifact): string[] {
  const id = cluster.DBClusterIdentifier;
  const refuse = (why: string, hint?: string): never => {
    throw new FactoryError('CONFLICT', `the source ${id} cannot be cloned: ${why}`, { hint });
  };
  if (cluster.EngineMode === 'serverless')
    refuse('it is Aurora Serverless v1', 'Upgrade it to Serverless v2.');
  if (cluster.ClusterScalabilityType === 'limitless') refuse('Limitless databases have no clones');
  if (cluster.Engine !== artifact.discovered.engine) {
    refuse(`it is ${cluster.Engine} and the artifact was built for ${artifact.discovered.engine}`);
  }
  const statusClass = classifyStatus(cluster.Status);
  if (statusClass === 'final') refuse(`its status is ${cluster.Status}`);
  if (writer === undefined) refuse('it has no instance', 'Add an instance to the source; RDS demands one.');
  const warnings: string[] = [];
  if (statusClass !== 'usable')
    warnings.push(`the source's status is ${cluster.Status}; RDS may refuse to clone it`);
  if (cluster.EngineVersion !== artifact.discovered.engineVersion) {
    warnings.push(
      `the source runs ${cluster.EngineVersion} now, ${artifact.discovered.engineVersion} when the artifact was built`,
    );
  }
  return warnings;
}
