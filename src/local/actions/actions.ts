// The table of every action that the local RDS answers. What is not here is InvalidAction.
import type { Service } from '../http/caller.ts';
import { describeAccountAttributes, describeCertificates } from './account.ts';
import type { Action } from './action.ts';
import { getCallerIdentity } from './caller-identity.ts';
import { deleteDBInstance, modifyDBInstance, rebootDBInstance } from './change-instance.ts';
import { createDBCluster } from './create-cluster.ts';
import { createDBInstance } from './create-instance.ts';
import { deleteDBCluster } from './delete-cluster.ts';
import { deleteLocalCluster } from './delete-local-cluster.ts';
import { describeDBClusters } from './describe-clusters.ts';
import { describeDBInstances } from './describe-instances.ts';
import { describeDBEngineVersions, describeOrderableDBInstanceOptions } from './engine-versions.ts';
import { describeEvents } from './events.ts';
import { failoverDBCluster } from './failover-cluster.ts';
import { abortLocalImport, describeLocalImport, startLocalImport } from './local-imports.ts';
import { describeLocalStatus } from './local-status.ts';
import { modifyDBCluster } from './modify-cluster.ts';
import { describeDBClusterParameterGroups, describeDBParameterGroups } from './parameter-groups.ts';
import { startDBCluster, stopDBCluster } from './power-cluster.ts';
import { restoreDBClusterToPointInTime } from './restore-cluster.ts';
import { restoreDBClusterFromSnapshot } from './restore-snapshot.ts';
import { describeInternetGateways, describeNetworkInterfaces, describeRouteTables } from './routes.ts';
import { describeSecret, getSecretValue } from './secrets.ts';
import { authorizeSecurityGroupIngress, revokeSecurityGroupIngress } from './security-group-rules.ts';
import { createSecurityGroup, deleteSecurityGroup, describeSecurityGroups } from './security-groups.ts';
import {
  copyDBClusterSnapshot,
  createDBClusterSnapshot,
  deleteDBClusterSnapshot,
  describeDBClusterSnapshots,
} from './snapshots.ts';
import {
  createDBSubnetGroup,
  deleteDBSubnetGroup,
  describeDBSubnetGroups,
  modifyDBSubnetGroup,
} from './subnet-groups.ts';
import { addTagsToResource, createTags, listTagsForResource, removeTagsFromResource } from './tags.ts';
import { describeAvailabilityZones, describeSubnets, describeVpcAttribute, describeVpcs } from './vpcs.ts';

export const ACTIONS: readonly Action[] = [
  createDBCluster,
  restoreDBClusterToPointInTime,
  describeDBClusters,
  modifyDBCluster,
  deleteDBCluster,
  startDBCluster,
  stopDBCluster,
  failoverDBCluster,
  createDBClusterSnapshot,
  copyDBClusterSnapshot,
  describeDBClusterSnapshots,
  deleteDBClusterSnapshot,
  restoreDBClusterFromSnapshot,
  createDBInstance,
  describeDBInstances,
  modifyDBInstance,
  rebootDBInstance,
  deleteDBInstance,
  createDBSubnetGroup,
  describeDBSubnetGroups,
  modifyDBSubnetGroup,
  deleteDBSubnetGroup,
  addTagsToResource,
  removeTagsFromResource,
  listTagsForResource,
  describeDBEngineVersions,
  describeOrderableDBInstanceOptions,
  describeDBClusterParameterGroups,
  describeDBParameterGroups,
  describeEvents,
  describeCertificates,
  describeAccountAttributes,
  describeLocalStatus,
  startLocalImport,
  describeLocalImport,
  abortLocalImport,
  deleteLocalCluster,
  describeVpcs,
  describeVpcAttribute,
  describeSubnets,
  describeAvailabilityZones,
  describeRouteTables,
  describeInternetGateways,
  describeNetworkInterfaces,
  createSecurityGroup,
  describeSecurityGroups,
  deleteSecurityGroup,
  authorizeSecurityGroupIngress,
  revokeSecurityGroupIngress,
  createTags,
  getCallerIdentity,
  getSecretValue,
  describeSecret,
];

export function findAction(service: Service, name: string): Action | undefined {
  return ACTIONS.find((action) => action.service === service && action.name === name);
}
