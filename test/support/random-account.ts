// Random accounts in which next to nothing is as a copy should be: tags of nobody, of others, inherited, or half of ours;
// names that are nearly the source's; instances named after other clusters; groups whose names and tags disagree.
import { CreateSecurityGroupCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import {
  AddTagsToResourceCommand,
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DescribeDBInstancesCommand,
  StopDBClusterCommand,
} from '@aws-sdk/client-rds';
import fc from 'fast-check';
import { CLUSTER, INSTANCE, waitCluster } from './clusters.ts';
import type { TestRds } from './local-rds.ts';
import { waitUntil } from './wait-until.ts';

export const SOURCE = 'shop';
export const NAMES = [SOURCE, 'shop-ann', 'shop-ann-1', 'shop-1', 'ann', 'ann-1', 'ben'] as const;
export type Name = (typeof NAMES)[number];

/** Whose something is; all but the first are to stay as they are. */
const OWNERS = ['ours', 'nobody', 'others', 'inherited', 'halfOurs', 'ownSource'] as const;
export type Owner = (typeof OWNERS)[number];

const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2090-01-01T00:00:00Z';
const COPY = { 'source-resource': 'cluster-OF-THE-SOURCE', owner: 'alice' };

type Tags = Readonly<Record<string, string>>;

export interface RandomCluster {
  readonly id: Name;
  readonly owner: Owner;
  readonly life: Tags;
  readonly instances: readonly Name[];
  readonly isStopped: boolean;
  readonly isDeletionProtected: boolean;
}

export interface RandomGroup {
  readonly name: Name;
  readonly owner: Owner;
  readonly life: Tags;
}

export interface RandomAccount {
  readonly clusters: readonly RandomCluster[];
  readonly subnetGroups: readonly RandomGroup[];
  readonly securityGroups: readonly RandomGroup[];
}

const name = fc.constantFrom(...NAMES);
const owner = fc.oneof(fc.constant<Owner>('ours'), fc.constantFrom(...OWNERS));
const life = fc.constantFrom<Tags>(
  {},
  { expires: PAST },
  { expires: FUTURE },
  { expires: PAST, 'protected-until': FUTURE },
  { expires: PAST, gate: 'shut', mode: 'create' },
  { making: `${PAST} some-run` },
);

const cluster: fc.Arbitrary<RandomCluster> = fc.record({
  ...{ id: name, owner, life },
  instances: fc.uniqueArray(name, { maxLength: 2 }),
  isStopped: fc.boolean(),
  isDeletionProtected: fc.boolean(),
});

/** A group is nobody's source. */
const groupOwner = owner.filter((whose) => whose !== 'ownSource');
const groups = fc.uniqueArray(fc.record({ name, owner: groupOwner, life }), {
  maxLength: 3,
  selector: (group) => group.name,
});

/** With the source, whatever its tags say. */
export const account: fc.Arbitrary<RandomAccount> = fc.record({
  clusters: fc
    .uniqueArray(cluster, { minLength: 4, maxLength: 6, selector: ({ id }) => id })
    .filter((clusters) => clusters.some(({ id, instances }) => id === SOURCE && instances.length > 0)),
  subnetGroups: groups,
  securityGroups: groups,
});

const copyOf = (id: Name, more: Tags = {}, instances: readonly Name[] = []): RandomCluster => ({
  ...{ id, instances, life: more, owner: 'ours', isStopped: false, isDeletionProtected: false },
});

/** In which every command finds something to change. */
export const USUAL: RandomAccount = {
  clusters: [
    { ...copyOf(SOURCE, {}, [SOURCE]), owner: 'nobody' },
    copyOf('ann', { expires: FUTURE }, ['ann']),
    copyOf('shop-1', { expires: PAST }),
  ],
  subnetGroups: [],
  securityGroups: [],
};

/** Identifiers with their kind, and ARNs. */
export interface MadeAccount {
  /** What no command may change. */
  readonly foreign: ReadonlySet<string>;
  /** The source and its instances, whose tags may say that it is a copy of another one. */
  readonly source: ReadonlySet<string>;
}

export async function makeAccount(rds: TestRds, account: RandomAccount): Promise<MadeAccount> {
  const foreign: string[] = [];
  const source: string[] = [];
  for (const cluster of account.clusters) {
    const made = await makeCluster(rds, cluster);
    if (cluster.owner !== 'ours') foreign.push(...made);
    if (cluster.id === SOURCE) source.push(...made);
  }
  for (const group of account.subnetGroups) {
    const made = await makeSubnetGroup(rds, group);
    if (group.owner !== 'ours') foreign.push(...made);
  }
  for (const group of account.securityGroups) {
    const made = await makeSecurityGroup(rds, group);
    if (group.owner !== 'ours') foreign.push(made);
  }
  return { foreign: new Set(foreign), source: new Set(source) };
}

async function makeCluster(rds: TestRds, cluster: RandomCluster): Promise<string[]> {
  const { id } = cluster;
  const { DBCluster } = await rds.rds.send(
    new CreateDBClusterCommand({
      ...CLUSTER,
      DBClusterIdentifier: id,
      DeletionProtection: cluster.isDeletionProtected,
      Tags: listTags(cluster, id),
    }),
  );
  const { DBClusterArn: arn = '', DbClusterResourceId: resourceId = '' } = DBCluster ?? {};
  if (cluster.owner === 'ownSource') {
    const Tags = [{ Key: 'db-artifact:source-resource', Value: resourceId }];
    await rds.rds.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags }));
  }
  await waitCluster(rds, id);
  const made = [`cluster ${id}`, arn];
  for (const instance of cluster.instances) made.push(...(await makeInstance(rds, id, `${instance}-1`)));
  await waitCluster(rds, id);
  if (cluster.isStopped && made.length > 2) {
    await waitInstances(rds, id, 'available');
    await rds.rds.send(new StopDBClusterCommand({ DBClusterIdentifier: id }));
    await waitCluster(rds, id, 'stopped');
    await waitInstances(rds, id, 'stopped');
  }
  return made;
}

/** None where another cluster has one of that name. */
async function makeInstance({ rds }: TestRds, clusterId: string, id: string): Promise<string[]> {
  const input = { ...INSTANCE, DBClusterIdentifier: clusterId, DBInstanceIdentifier: id };
  try {
    const { DBInstance } = await rds.send(new CreateDBInstanceCommand(input));
    return [`instance ${id}`, String(DBInstance?.DBInstanceArn)];
  } catch (error) {
    if ((error as Error).name.startsWith('DBInstanceAlreadyExists')) return [];
    throw error;
  }
}

async function waitInstances({ rds }: TestRds, clusterId: string, status: string): Promise<void> {
  const Filters = [{ Name: 'db-cluster-id', Values: [clusterId] }];
  await waitUntil(`instances of ${clusterId} are ${status}`, async () => {
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ Filters }));
    return DBInstances.every(({ DBInstanceStatus }) => DBInstanceStatus === status);
  });
}

async function makeSubnetGroup(rds: TestRds, group: RandomGroup): Promise<string[]> {
  const { Subnets = [] } = await rds.ec2.send(new DescribeSubnetsCommand({}));
  const { DBSubnetGroup } = await rds.rds.send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: group.name,
      DBSubnetGroupDescription: `Database copy ${group.name}`,
      SubnetIds: Subnets.map(({ SubnetId }) => String(SubnetId)),
      Tags: listTags(group, group.name),
    }),
  );
  return [`subnet group ${group.name}`, String(DBSubnetGroup?.DBSubnetGroupArn)];
}

async function makeSecurityGroup(rds: TestRds, group: RandomGroup): Promise<string> {
  const Tags = listTags(group, group.name);
  const { GroupId } = await rds.ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: group.name,
      Description: 'of somebody',
      ...(Tags.length > 0 ? { TagSpecifications: [{ ResourceType: 'security-group', Tags }] } : {}),
    }),
  );
  return `security group ${GroupId}`;
}

function listTags({ owner: whose, life: more }: Pick<RandomCluster, 'owner' | 'life'>, id: Name) {
  const copy = { ...COPY, source: id === SOURCE ? 'another' : SOURCE };
  const ours = (tags: Tags) => toTags({ ...copy, ...more, ...tags }, 'db-artifact:');
  const byOwner = {
    ours: () => ours({ name: id }),
    nobody: () => [],
    others: () => [...toTags({ name: id, owner: 'x' }, ''), ...toTags({ ...copy, name: id }, 'DB-ARTIFACT:')],
    inherited: () => ours({ name: id === 'ann' ? 'ben' : 'ann' }),
    halfOurs: () => toTags({ name: id.toUpperCase(), owner: 'x', ...more }, 'db-artifact:'),
    ownSource: () => ours({ name: id, source: id }),
  };
  return byOwner[whose]();
}

function toTags(tags: Tags, prefix: string) {
  return Object.entries(tags).map(([key, Value]) => ({ Key: `${prefix}${key}`, Value }));
}
