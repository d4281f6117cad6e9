// Everything that an account holds of a copy, as plain data: two copies made alike look alike.
import { DescribeSecurityGroupsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds';
import type { AwsConnection } from '../../src/aws/connect.ts';
import { listSecurityGroups } from '../../src/aws/ec2.ts';
import { findSubnetGroup } from '../../src/aws/groups.ts';
import { findCluster, listInstances } from '../../src/aws/rds.ts';

export interface Account {
  readonly rds: RDSClient;
  readonly ec2: EC2Client;
}

/** Differ from run to run. */
const OF_ITS_TIME = ['run', 'created', 'expires'].map((key) => `db-artifact:${key}`);

export async function readCopyState(account: Account, name: string): Promise<Record<string, unknown>> {
  const everything = await readAll(account, name);
  const clusters = everything.clusters.filter(({ DBClusterIdentifier }) => DBClusterIdentifier === name);
  const port = clusters[0]?.Port;
  return {
    clusters: clusters.map((cluster) => ({
      status: cluster.Status,
      engine: `${cluster.Engine} ${cluster.EngineVersion}`,
      user: cluster.MasterUsername,
      retentionDays: cluster.BackupRetentionPeriod,
      windows: [cluster.PreferredBackupWindow, cluster.PreferredMaintenanceWindow],
      pending: cluster.PendingModifiedValues ?? null,
      subnetGroup: cluster.DBSubnetGroup,
      groups: cluster.VpcSecurityGroups?.length,
      members: cluster.DBClusterMembers?.map((member) => member.DBInstanceIdentifier),
      tags: formatTags(cluster.TagList),
    })),
    instances: everything.instances
      .filter(({ DBClusterIdentifier }) => DBClusterIdentifier === name)
      .map((instance) => [
        ...[instance.DBInstanceIdentifier, instance.DBInstanceStatus, instance.DBInstanceClass],
        ...formatTags(instance.TagList),
      ]),
    subnetGroups: everything.subnetGroups.filter(([group]) => group === name),
    securityGroups: everything.securityGroups
      .filter(({ GroupName }) => GroupName === name)
      .map(({ IpPermissions, Tags }) => ({
        tags: formatTags(Tags),
        rules: IpPermissions?.map(({ FromPort, ToPort, IpRanges }) => ({
          isForItsPort: FromPort === port && ToPort === port,
          cidrs: IpRanges?.map(({ CidrIp }) => CidrIp),
        })),
      })),
  };
}

/** What carries a tag of the tool, whatever its name. */
export async function listTagged(account: Account): Promise<string[]> {
  const { clusters, instances, subnetGroups, securityGroups } = await readAll(account);
  return [
    ...clusters.filter(({ TagList }) => isTagged(TagList)).map((it) => `cluster ${it.DBClusterIdentifier}`),
    ...instances
      .filter(({ TagList }) => isTagged(TagList))
      .map((it) => `instance ${it.DBInstanceIdentifier}`),
    ...subnetGroups.filter(([, tags]) => tags.length > 0).map(([name]) => `subnet group ${name}`),
    ...securityGroups.filter(({ Tags }) => isTagged(Tags)).map((it) => `security group ${it.GroupName}`),
  ];
}

/** Tags of subnet groups cost a call each: `name` asks for one of them alone. */
async function readAll({ rds, ec2 }: Account, name?: string) {
  const [{ DBClusters = [] }, { DBInstances = [] }, groups, { SecurityGroups = [] }] = await Promise.all([
    rds.send(new DescribeDBClustersCommand({})),
    rds.send(new DescribeDBInstancesCommand({})),
    rds.send(new DescribeDBSubnetGroupsCommand({})),
    ec2.send(new DescribeSecurityGroupsCommand({})),
  ]);
  const subnetGroups = await Promise.all(
    (groups.DBSubnetGroups ?? []).map(async ({ DBSubnetGroupName = '', DBSubnetGroupArn }) => {
      if (name !== undefined && DBSubnetGroupName !== name) return [DBSubnetGroupName, []] as const;
      const command = new ListTagsForResourceCommand({ ResourceName: DBSubnetGroupArn });
      return [DBSubnetGroupName, formatTags((await rds.send(command)).TagList)] as const;
    }),
  );
  return { clusters: DBClusters, instances: DBInstances, subnetGroups, securityGroups: SecurityGroups };
}

function isTagged(tags: readonly Tag[] | undefined): boolean {
  return formatTags(tags).length > 0;
}

/** Those of the tool that do not change with time. */
function formatTags(tags: readonly Tag[] = []): string[] {
  return (
    tags
      .filter(({ Key = '' }) => Key.startsWith('db-artifact:') && !OF_ITS_TIME.includes(Key))
      // Which run made it, and until when it might: only whether it says so is the same each time.
      .map(({ Key, Value }) => (Key === 'db-artifact:making' ? Key : `${Key}=${Value}`))
      .sort()
  );
}

/** What is left of one copy, whoever's tags it carries. */
export async function listOwned(aws: AwsConnection, name: string): Promise<string[]> {
  const [cluster, instances, subnetGroup, securityGroups] = await Promise.all([
    findCluster(aws, name),
    listInstances(aws, name),
    findSubnetGroup(aws, name),
    listSecurityGroups(aws, name),
  ]);
  return [
    ...(cluster ? ['cluster'] : []),
    ...instances.map(({ DBInstanceIdentifier }) => String(DBInstanceIdentifier)),
    ...(subnetGroup ? ['subnet group'] : []),
    ...securityGroups.map(({ GroupId }) => String(GroupId)),
  ];
}
