// CreateDBInstance: the server of a cluster, first its writer, then readers.
import { makeArn } from '../arn.ts';
import { Fault, invalidClusterState, invalidCombination, invalidValue, notSupported } from '../faults.ts';
import type { XmlElement } from '../http/xml.ts';
import { makeResourceId } from '../ids.ts';
import { DEFAULT_SUBNET_GROUP } from '../network.ts';
import { type Input, required, text } from '../parameters.ts';
import type { ClusterRecord, InstanceRecord } from '../records.ts';
import { findWriter } from '../writer.ts';
import { type ActionContext, makeAction } from './action.ts';
import { formatInstance } from './instance-answer.ts';
import {
  CERTIFICATES,
  checkInstanceClass,
  INSTANCE_SETTINGS,
  readInstanceSettings,
} from './instance-settings.ts';
import { checkIdentifier } from './names.ts';
import { getCluster, listMembers } from './references.ts';
import { checkRoomForServer } from './room.ts';
import { addTags, TAGS } from './tag-list.ts';
import { checkEngine, checkParameterGroup, getVersion } from './versions.ts';

const PARAMETERS = {
  DBInstanceIdentifier: required(text),
  DBInstanceClass: required(text),
  Engine: required(text),
  EngineVersion: text,
  DBClusterIdentifier: text,
  DBSubnetGroupName: text,
  AvailabilityZone: text,
  DBParameterGroupName: text,
  Tags: TAGS,
  ...INSTANCE_SETTINGS,
} as const;

type CreateInput = Input<typeof PARAMETERS>;

export const createDBInstance = makeAction('rds', 'CreateDBInstance', PARAMETERS, createInstance);

export async function createInstance(input: CreateInput, context: ActionContext): Promise<XmlElement> {
  const id = checkIdentifier('DBInstanceIdentifier', input.DBInstanceIdentifier);
  if (context.store.instances.get(id)) {
    throw new Fault('DBInstanceAlreadyExists', 'DB instance already exists');
  }
  const cluster = getParent(input, context);
  await checkRoomForServer(context, cluster.engine);
  const joining = joinMembers(context, cluster);
  const writing = context.store.instances.put(readInstance(id, input, context, cluster));
  context.databases.wake(cluster.id); // memory is ahead of the disk, and so is the work
  await joining;
  return { DBInstance: formatInstance(context, await writing) };
}

/** With a second instance the cluster has to say which one writes. */
async function joinMembers(context: ActionContext, { id }: ClusterRecord): Promise<void> {
  const members = listMembers(context, id);
  if (members.length === 0) return;
  await context.store.clusters.update(id, (cluster) => ({
    ...cluster,
    writerId: cluster.writerId ?? findWriter(cluster, members)?.id,
    hasHadReaders: true,
  }));
}

function getParent(input: CreateInput, context: ActionContext): ClusterRecord {
  const engine = checkEngine(input.Engine);
  if (!input.DBClusterIdentifier) throw notSupported('A DB instance without DBClusterIdentifier');
  const cluster = getCluster(context, input.DBClusterIdentifier);
  if (cluster.engine !== engine) {
    throw invalidCombination(
      `The engine name requested for your DB instance (${engine}) doesn't match the engine name of your DB cluster ` +
        `(${cluster.engine}).`,
    );
  }
  if (
    !/^(available|creating|migrating|modifying|resetting-master-credentials|failing-over)$/.test(
      cluster.status,
    )
  ) {
    throw invalidClusterState(`DBCluster ${cluster.id} is not currently in the available state.`);
  }
  checkMembers(context, cluster);
  return cluster;
}

/** A writer and 15 readers: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html */
const MOST_MEMBERS = 16;

function checkMembers(context: ActionContext, cluster: ClusterRecord): void {
  const members = listMembers(context, cluster.id);
  if (members.length < MOST_MEMBERS) return;
  const leaving = members.find(({ status }) => status === 'deleting');
  if (leaving) {
    throw invalidClusterState(
      `The DB instance ${leaving.id} of DBCluster ${cluster.id} is still being deleted.`,
    );
  }
  throw new Fault(
    'InstanceQuotaExceeded',
    `Cannot create more than ${MOST_MEMBERS} DB instances in DBCluster ${cluster.id}.`,
  );
}

function readInstance(
  id: string,
  input: CreateInput,
  context: ActionContext,
  cluster: ClusterRecord,
): InstanceRecord {
  const now = context.now().toISOString();
  const version = getVersion(context.databases, cluster.engine, cluster.engineVersion);
  checkVersion(input, cluster, version.majorVersion);
  return {
    id,
    resourceId: makeResourceId('db'),
    arn: makeArn(context.place, 'db', id),
    clusterId: cluster.id,
    status: 'creating',
    statusSince: now,
    createdAt: now,
    instanceClass: checkInstanceClass(input.DBInstanceClass, cluster),
    availabilityZone: readZone(input, cluster),
    parameterGroup: checkParameterGroup(
      'DBParameterGroup',
      context.databases,
      version,
      input.DBParameterGroupName,
    ),
    tags: addTags({}, input.Tags),
    ...readInstanceSettings(input, defaultsOf(input, cluster), cluster),
  };
}

function checkVersion(input: CreateInput, cluster: ClusterRecord, majorVersion: string): void {
  const wanted = input.EngineVersion ?? cluster.engineVersion;
  if (wanted === cluster.engineVersion || wanted === majorVersion) return;
  throw invalidCombination(
    `The engine version that you requested for your DB instance (${wanted}) does not match the engine version of ` +
      `your DB cluster (${cluster.engineVersion}).`,
  );
}

function readZone(input: CreateInput, cluster: ClusterRecord): string {
  const zone = input.AvailabilityZone ?? cluster.availabilityZones[0] ?? '';
  if (cluster.availabilityZones.includes(zone)) return zone;
  throw invalidValue(`Invalid availability zone: ${zone}`);
}

/** Public by default only where the call itself names the subnet group `default`. */
function defaultsOf(input: CreateInput, cluster: ClusterRecord) {
  const group = input.DBSubnetGroupName?.toLowerCase();
  if (group !== undefined && group !== cluster.subnetGroup) {
    throw invalidCombination(
      `The DB subnet group ${group} doesn't match the DB subnet group of the DB cluster (${cluster.subnetGroup}).`,
    );
  }
  return {
    publiclyAccessible: group === DEFAULT_SUBNET_GROUP,
    promotionTier: 1,
    autoMinorVersionUpgrade: true,
    preferredMaintenanceWindow: cluster.settings.preferredMaintenanceWindow,
    caCertificateIdentifier: CERTIFICATES[0],
    monitoringInterval: 0,
    performanceInsights: false,
  };
}
