// What an account holds of the things that no command may change, as plain data.
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-rds';
import type { Account } from './copy-state.ts';

/** They change by themselves, or with a clone. */
const CHANGING = ['LatestRestorableTime', 'EarliestRestorableTime', 'CloneGroupId'];

/** `foreign`: identifiers with their kind, such as `cluster shop`. */
export async function readForeignState(
  { rds, ec2 }: Account,
  foreign: ReadonlySet<string>,
): Promise<Record<string, unknown>> {
  const [{ DBClusters = [] }, { DBInstances = [] }, { DBSubnetGroups = [] }, { SecurityGroups = [] }] =
    await Promise.all([
      rds.send(new DescribeDBClustersCommand({})),
      rds.send(new DescribeDBInstancesCommand({})),
      rds.send(new DescribeDBSubnetGroupsCommand({})),
      ec2.send(new DescribeSecurityGroupsCommand({})),
    ]);
  const everything: (readonly [string, unknown])[] = [
    ...DBClusters.map((it) => [`cluster ${it.DBClusterIdentifier}`, it] as const),
    ...DBInstances.map((it) => [`instance ${it.DBInstanceIdentifier}`, it] as const),
    ...DBSubnetGroups.map((it) => [`subnet group ${it.DBSubnetGroupName}`, it] as const),
    ...SecurityGroups.map((it) => [`security group ${it.GroupId}`, it] as const),
  ];
  const groups = DBSubnetGroups.filter((it) => foreign.has(`subnet group ${it.DBSubnetGroupName}`));
  const tags = await Promise.all(
    groups.map(async ({ DBSubnetGroupArn }) => {
      const { TagList } = await rds.send(new ListTagsForResourceCommand({ ResourceName: DBSubnetGroupArn }));
      return [`tags of ${DBSubnetGroupArn}`, TagList] as const;
    }),
  );
  const kept = [...everything.filter(([id]) => foreign.has(id)), ...tags];
  return JSON.parse(
    JSON.stringify(Object.fromEntries(kept), (key, value) => (CHANGING.includes(key) ? undefined : value)),
  );
}
