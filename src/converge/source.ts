// The source as it stands now: what it is (so that it is never touched), and whether it can be cloned.
import type { Artifact } from '../artifact/artifact.ts';
import type { ArtifactSpec } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import { getEndpoint, type SourceIdentity } from '../aws/owned.ts';
import { type DescribedSource, getSource } from '../aws/source.ts';
import { FactoryError } from '../errors.ts';
import { checkSharedSource } from './shared-source.ts';
import { classifyStatus } from './statuses.ts';

export interface LiveSource extends DescribedSource {
  readonly identity: SourceIdentity;
}

export async function readSource(aws: AwsConnection, spec: ArtifactSpec): Promise<LiveSource> {
  const source = await getSource(aws, spec.source);
  checkSharedSource(source, spec, { isBuilt: true });
  const { DbClusterResourceId: resourceId = '' } = source.cluster;
  const identity = { clusterId: spec.source.clusterId, resourceId, endpoint: getEndpoint(source.cluster) };
  return { ...source, identity };
}

/** As a restore names it: a cluster of another account by its ARN. */
export function getRestoreId({ cluster, identity, isShared }: LiveSource): string {
  return isShared ? (cluster.DBClusterArn ?? identity.clusterId) : identity.clusterId;
}

/** Throws when the source can surely not be cloned; returns what may go wrong. */
export function checkCloneable({ cluster, writer, isShared }: LiveSource, artifact: Artifact): string[] {
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
  if (writer === undefined && !isShared)
    refuse('it has no instance', 'Add an instance to the source; RDS demands one.');
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
