// What belongs to a copy, and the proof of it: every function that changes or deletes demands `Owned`, and only the
// checks below give it. A source, or anything without our tags, can therefore not be passed to one.

import { FactoryError } from '../errors.ts';
import type { DBCluster, DBInstance, SecurityGroup } from './types.ts';

export const TAG_PREFIX = 'db-artifact:';

declare const owned: unique symbol;
export type Owned<T> = T & { readonly [owned]: true };
export type OwnedCluster = Owned<DBCluster>;
export type OwnedInstance = Owned<DBInstance>;
export type OwnedSecurityGroup = Owned<SecurityGroup>;
export type OwnedSubnetGroup = Owned<TaggedSubnetGroup>;

export type Tags = Readonly<Record<string, string>>;

export interface TaggedSubnetGroup {
  readonly name: string;
  readonly arn: string;
  readonly tags: Tags;
  readonly subnetIds: readonly string[];
  readonly vpcId: string;
}

/** What must never be touched. */
export interface SourceIdentity {
  readonly clusterId: string;
  readonly resourceId: string;
  readonly endpoint?: string | undefined;
}

/** The tool's own tags without their prefix. */
export function readTags(
  list: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
): Tags {
  const entries = list
    .filter(({ Key }) => Key?.startsWith(TAG_PREFIX))
    .map(({ Key, Value }) => [String(Key).slice(TAG_PREFIX.length), Value ?? ''] as const);
  return Object.fromEntries(entries);
}

/**
 * The cluster is the copy `name` that this tool made, and nobody's source. The tag must agree with the identifier:
 * RDS lets a clone that someone makes of a copy inherit the copy's tags.
 */
export function checkOwnedCluster(
  cluster: DBCluster,
  name: string,
  source: SourceIdentity | undefined,
): OwnedCluster {
  const tags = readTags(cluster.TagList);
  const resourceId = cluster.DbClusterResourceId ?? '';
  const sources = [
    { clusterId: tags['source'], resourceId: tags['source-resource'], endpoint: undefined },
    source,
  ];
  for (const other of sources) {
    if (other !== undefined && isSame(cluster, other)) throw makeSourceError(cluster);
  }
  const isOurs = tags['name'] === name && isSameId(cluster.DBClusterIdentifier, name);
  if (isOurs && resourceId !== '' && tags['source-resource']) return cluster as OwnedCluster;
  throw makeForeignError(`cluster ${cluster.DBClusterIdentifier}`, name);
}

/** Every instance of a copy's cluster, whoever added it. */
export function checkOwnedInstance(instance: DBInstance, cluster: OwnedCluster): OwnedInstance {
  if (isSameId(instance.DBClusterIdentifier, cluster.DBClusterIdentifier)) return instance as OwnedInstance;
  throw makeForeignError(`instance ${instance.DBInstanceIdentifier}`, String(cluster.DBClusterIdentifier));
}

export function checkOwnedSecurityGroup(group: SecurityGroup, name: string): OwnedSecurityGroup {
  if (readTags(group.Tags)['name'] === name && group.GroupName === name) return group as OwnedSecurityGroup;
  throw makeForeignError(`security group ${group.GroupName}`, name);
}

export function checkOwnedSubnetGroup(group: TaggedSubnetGroup, name: string): OwnedSubnetGroup {
  if (group.tags['name'] === name && isSameId(group.name, name)) return group as OwnedSubnetGroup;
  throw makeForeignError(`subnet group ${group.name}`, name);
}

function isSame(
  cluster: DBCluster,
  other: { clusterId: string | undefined; resourceId: string | undefined; endpoint?: string | undefined },
): boolean {
  const isSameResource = Boolean(other.resourceId) && cluster.DbClusterResourceId === other.resourceId;
  // On one machine all clusters share a host name and differ by port, so an endpoint is both.
  const isSameEndpoint = Boolean(other.endpoint) && getEndpoint(cluster) === other.endpoint;
  return isSameResource || isSameEndpoint || isSameId(cluster.DBClusterIdentifier, other.clusterId);
}

/** `host:port`, or undefined while RDS has not said. */
export function getEndpoint(cluster: DBCluster): string | undefined {
  return cluster.Endpoint === undefined ? undefined : `${cluster.Endpoint}:${cluster.Port}`;
}

/** Identifiers are kept in lower case, and compared without case. */
function isSameId(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one !== '' && one.toLowerCase() === other?.toLowerCase();
}

function makeSourceError(cluster: DBCluster): FactoryError {
  return new FactoryError('IS_SOURCE', `${cluster.DBClusterIdentifier} is a source, not a copy`, {
    hint: 'Nothing was changed. Choose another --name.',
  });
}

function makeForeignError(what: string, name: string): FactoryError {
  return new FactoryError('REFUSED', `${what} was not made for a copy ${name} by this tool`, {
    hint: 'Nothing was changed: only what carries the tags of a copy is ever touched.',
  });
}
