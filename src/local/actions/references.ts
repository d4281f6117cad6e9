// Finds the resources that a call names, or throws the fault that RDS answers.
import { nameFromArn } from '../arn.ts';
import {
  clusterNotFound,
  Fault,
  instanceNotFound,
  invalidSnapshotState,
  invalidValue,
  securityGroupNotFound,
  snapshotNotFound,
  subnetGroupNotFound,
} from '../faults.ts';
import { DEFAULT_SECURITY_GROUP_ID, DEFAULT_SUBNET_GROUP } from '../network.ts';
import type { ClusterRecord, InstanceRecord, SecurityGroupRecord, SnapshotRecord } from '../records.ts';
import { findWriter } from '../writer.ts';
import type { ActionContext } from './action.ts';

export function getCluster(context: ActionContext, idOrArn: string): ClusterRecord {
  const id = nameFromArn(idOrArn, 'cluster', context.place)?.toLowerCase();
  const cluster = id === undefined ? undefined : context.store.clusters.get(id);
  if (!cluster) throw clusterNotFound(idOrArn);
  return cluster;
}

export function getInstance(context: ActionContext, idOrArn: string): InstanceRecord {
  const id = nameFromArn(idOrArn, 'db', context.place)?.toLowerCase();
  const instance = id === undefined ? undefined : context.store.instances.get(id);
  if (!instance) throw instanceNotFound(idOrArn);
  return instance;
}

export function getSnapshot(context: ActionContext, idOrArn: string): SnapshotRecord {
  const id = nameFromArn(idOrArn, 'cluster-snapshot', context.place)?.toLowerCase();
  const snapshot = id === undefined ? undefined : context.store.snapshots.get(id);
  if (!snapshot) throw snapshotNotFound(idOrArn);
  return snapshot;
}

export function checkSnapshotAvailable(snapshot: SnapshotRecord): SnapshotRecord {
  if (snapshot.status === 'available') return snapshot;
  throw invalidSnapshotState(
    `The DB cluster snapshot ${snapshot.id} is not currently in the available state: its status is ` +
      `${snapshot.status}.`,
  );
}

export function listMembers(context: ActionContext, clusterId: string): readonly InstanceRecord[] {
  return context.store.instances.list().filter((instance) => instance.clusterId === clusterId);
}

export function isWriter(context: ActionContext, instance: InstanceRecord): boolean {
  const cluster = context.store.clusters.get(instance.clusterId);
  return findWriter(cluster ?? {}, listMembers(context, instance.clusterId))?.id === instance.id;
}

export function checkSubnetGroup(context: ActionContext, wanted: string = DEFAULT_SUBNET_GROUP): string {
  const group = context.store.subnetGroups.get(wanted.toLowerCase());
  if (!group) throw subnetGroupNotFound(wanted);
  return group.name;
}

export function checkSecurityGroups(
  context: ActionContext,
  wanted: readonly string[] = [],
): readonly string[] {
  for (const id of wanted) {
    if (!context.store.securityGroups.get(id)) {
      throw invalidValue(`Invalid security group , groupId= ${id}, groupName=.`);
    }
  }
  return wanted.length > 0 ? [...new Set(wanted)] : [DEFAULT_SECURITY_GROUP_ID];
}

export function getSecurityGroup(context: ActionContext, id: string): SecurityGroupRecord {
  if (!/^sg-[0-9a-f]{8,17}$/.test(id)) {
    throw new Fault('InvalidGroupId.Malformed', `Invalid id: "${id}" (expecting "sg-...")`);
  }
  const group = context.store.securityGroups.get(id);
  if (!group) throw securityGroupNotFound(id);
  return group;
}

/** For the fixed network: throws when an id was asked for that does not exist. */
export function checkKnown(
  kind: string,
  code: string,
  known: readonly string[],
  ids: readonly string[] = [],
): void {
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown) throw new Fault(`${code}.NotFound`, `The ${kind} ID '${unknown}' does not exist`);
}
