// RDS subnet groups and tags of RDS resources.
import {
  AddTagsToResourceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  RemoveTagsFromResourceCommand,
  type Tag,
} from '@aws-sdk/client-rds';
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws, hasAwsCode } from './errors.ts';
import { type Owned, type OwnedCluster, readTags, type TaggedSubnetGroup } from './owned.ts';
import { collectAll, readPages } from './pages.ts';
import type { CreateDBSubnetGroupMessage } from './types.ts';

export interface SubnetGroup extends Omit<TaggedSubnetGroup, 'tags'> {
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
}

export async function findSubnetGroup(aws: AwsConnection, name: string): Promise<SubnetGroup | undefined> {
  return await callAws(`describing subnet group ${name}`, async () => {
    const command = new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: name });
    const group = (await (await aws.rds()).send(command, getSendOptions(aws))).DBSubnetGroups?.[0];
    if (group === undefined) return undefined;
    const subnets = (group.Subnets ?? []).map(({ SubnetIdentifier, SubnetAvailabilityZone }) => ({
      id: SubnetIdentifier ?? '',
      zone: SubnetAvailabilityZone?.Name ?? '',
    }));
    return {
      name: group.DBSubnetGroupName ?? name,
      arn: group.DBSubnetGroupArn ?? '',
      vpcId: group.VpcId ?? '',
      subnetIds: subnets.map(({ id }) => id),
      subnets,
    };
  }).catch((error: unknown) => {
    if (hasAwsCode(error, 'DBSubnetGroupNotFound')) return undefined;
    throw error;
  });
}

/** Names and descriptions of all. */
export async function listSubnetGroups(
  aws: AwsConnection,
): Promise<{ readonly name: string; readonly description: string }[]> {
  return await callAws('listing subnet groups', async () => {
    const rds = await aws.rds();
    const pages = readPages('listing subnet groups', async (Marker) => {
      const page = await rds.send(new DescribeDBSubnetGroupsCommand({ Marker }), getSendOptions(aws));
      return { items: page.DBSubnetGroups ?? [], marker: page.Marker };
    });
    return (await collectAll(pages)).map(
      ({ DBSubnetGroupName: name = '', DBSubnetGroupDescription: description = '' }) => ({
        name,
        description,
      }),
    );
  });
}

/** Descriptions of subnet groups carry no tags; they cost a call of their own. */
export async function findTaggedSubnetGroup(
  aws: AwsConnection,
  name: string,
): Promise<TaggedSubnetGroup | undefined> {
  const group = await findSubnetGroup(aws, name);
  if (group === undefined) return undefined;
  return await callAws(`reading the tags of subnet group ${name}`, async () => {
    const command = new ListTagsForResourceCommand({ ResourceName: group.arn });
    const { TagList } = await (await aws.rds()).send(command, getSendOptions(aws));
    return { ...group, tags: readTags(TagList) };
  });
}

export async function createSubnetGroup(
  aws: AwsConnection,
  input: CreateDBSubnetGroupMessage,
): Promise<void> {
  await callAws(`creating subnet group ${input.DBSubnetGroupName}`, async () => {
    await (await aws.rds()).send(new CreateDBSubnetGroupCommand(input), getSendOptions(aws));
  });
}

export async function deleteSubnetGroup(aws: AwsConnection, group: Owned<TaggedSubnetGroup>): Promise<void> {
  await callAws(`deleting subnet group ${group.name}`, async () => {
    const command = new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: group.name });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}

export async function addClusterTags(
  aws: AwsConnection,
  cluster: OwnedCluster,
  tags: readonly Tag[],
): Promise<void> {
  await callAws(`tagging cluster ${cluster.DBClusterIdentifier}`, async () => {
    const command = new AddTagsToResourceCommand({ ResourceName: cluster.DBClusterArn, Tags: [...tags] });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}

export async function removeClusterTags(
  aws: AwsConnection,
  cluster: OwnedCluster,
  keys: readonly string[],
): Promise<void> {
  await callAws(`removing tags of cluster ${cluster.DBClusterIdentifier}`, async () => {
    const command = new RemoveTagsFromResourceCommand({
      ResourceName: cluster.DBClusterArn,
      TagKeys: [...keys],
    });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}
