// A copy as its cluster's description and tags tell it. Data only.
import { readTags } from '../aws/owned.ts';
import type { DBCluster, DBInstance } from '../aws/types.ts';
import { type Making, parseMaking } from './tags.ts';

export interface Copy {
  readonly name: string;
  readonly clusterId: string;
  readonly resourceId: string;
  /** As RDS gives it, such as `available`. */
  readonly status: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly endpoint: string | undefined;
  /** On the same port; undefined without readers. */
  readonly readerEndpoint: string | undefined;
  readonly port: number | undefined;
  readonly username: string;
  /** The secret that holds its password; undefined: Secrets Manager has none of it. */
  readonly secretArn: string | undefined;
  readonly database: string | undefined;
  readonly owner: string;
  readonly mode: string;
  readonly sourceId: string;
  readonly artifactDigest: string | undefined;
  /** RFC 3339, as the next two. */
  readonly createdAt: string;
  /** Undefined: never. */
  readonly expiresAt: string | undefined;
  readonly protectedUntil: string | undefined;
  /** The most that the artifact lets a copy live from now on, in seconds. */
  readonly maxTtlSeconds: number | undefined;
  /** `shut`: what must be done in its database has not been done, and nobody else can reach it. */
  readonly gate: 'shut' | 'open' | undefined;
  /** Its work failed, and it was asked to stay all the same. */
  readonly isKept: boolean;
  /** Of the policy and SQL that it is masked by; undefined: not masked. */
  readonly maskingDigest: string | undefined;
  /** It can be lost with the power of the machine that it is on: only the local RDS has such copies. */
  readonly isDisposable: boolean;
  /** Undefined: it is finished. Else until when a run may be at work on it. */
  readonly making: Making | undefined;
  /** The range of its `db.serverless` instances. */
  readonly serverless: { readonly minAcu: number; readonly maxAcu: number } | undefined;
  readonly instances: readonly CopyInstance[];
}

export interface CopyInstance {
  readonly id: string;
  readonly status: string;
  readonly instanceClass: string;
  readonly isWriter: boolean;
}

/** Undefined: not a copy of this tool. The tag must agree with the identifier, or it was inherited by a clone. */
export function describeCopy(cluster: DBCluster, instances: readonly DBInstance[]): Copy | undefined {
  const tags = readTags(cluster.TagList);
  const clusterId = cluster.DBClusterIdentifier ?? '';
  if (tags['name'] === undefined || tags['name'] !== clusterId.toLowerCase()) return undefined;
  return {
    name: tags['name'],
    clusterId,
    resourceId: cluster.DbClusterResourceId ?? '',
    status: cluster.Status ?? 'unknown',
    engine: cluster.Engine ?? '',
    engineVersion: cluster.EngineVersion ?? '',
    endpoint: cluster.Endpoint,
    readerEndpoint: instances.length > 1 ? cluster.ReaderEndpoint : undefined,
    port: cluster.Port,
    username: cluster.MasterUsername ?? '',
    secretArn: cluster.MasterUserSecret?.SecretArn,
    database: cluster.DatabaseName,
    owner: tags['owner'] ?? 'unknown',
    mode: tags['mode'] ?? 'clone',
    sourceId: tags['source'] ?? '',
    artifactDigest: tags['artifact'],
    createdAt: tags['created'] ?? cluster.ClusterCreateTime?.toISOString() ?? '',
    expiresAt: tags['expires'],
    protectedUntil: tags['protected-until'],
    maxTtlSeconds: tags['max-ttl'] === undefined ? undefined : Number(tags['max-ttl']),
    gate: tags['gate'] === undefined ? undefined : tags['gate'] === 'open' ? 'open' : 'shut',
    isKept: tags['gate'] === 'kept',
    maskingDigest: tags['masking'],
    isDisposable: tags['survives'] === 'crash',
    making: parseMaking(tags['making']),
    serverless: describeServerless(cluster),
    instances: instances.map((instance) => describeInstance(instance, findWriterId(cluster))),
  };
}

function describeServerless({ ServerlessV2ScalingConfiguration: range }: DBCluster): Copy['serverless'] {
  const { MinCapacity: minAcu, MaxCapacity: maxAcu } = range ?? {};
  return minAcu === undefined || maxAcu === undefined ? undefined : { minAcu, maxAcu };
}

/** Its writer is told by the cluster. */
export function describeInstance(instance: DBInstance, writerId: string | undefined): CopyInstance {
  const id = instance.DBInstanceIdentifier ?? '';
  return {
    id,
    status: instance.DBInstanceStatus ?? 'unknown',
    instanceClass: instance.DBInstanceClass ?? '',
    isWriter: id === writerId,
  };
}

export function findWriterId({ DBClusterMembers }: DBCluster): string | undefined {
  return DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
}
