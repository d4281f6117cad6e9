// Small functions over the EC2 API: subnets and security groups. The EC2 client is large, so it is loaded when called.
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws, hasAwsCode } from './errors.ts';
import type { OwnedSecurityGroup } from './owned.ts';
import { collectAll, readPages } from './pages.ts';
import type { IpPermission, RouteTable, SecurityGroup, Subnet, Tag } from './types.ts';

const PAGE_SIZE = 1000;

const loadEc2 = async () => await import('./ec2-client.ts');

/** Of no id: all of them. */
export async function listSubnets(aws: AwsConnection, subnetIds: readonly string[]): Promise<Subnet[]> {
  return await callAws(`describing subnets ${subnetIds.join(', ')}`, async () => {
    const { DescribeSubnetsCommand } = await loadEc2();
    const command = new DescribeSubnetsCommand(subnetIds.length > 0 ? { SubnetIds: [...subnetIds] } : {});
    return (await (await aws.ec2()).send(command, getSendOptions(aws))).Subnets ?? [];
  });
}

export async function listRouteTables(aws: AwsConnection, vpcId: string): Promise<RouteTable[]> {
  return await callAws(`describing the routes of ${vpcId}`, async () => {
    const { DescribeRouteTablesCommand } = await loadEc2();
    const command = new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
    return (await (await aws.ec2()).send(command, getSendOptions(aws))).RouteTables ?? [];
  });
}

/** By name, in one network or, where it is not known, in all. */
export async function listSecurityGroups(
  aws: AwsConnection,
  name: string,
  vpcId?: string,
): Promise<SecurityGroup[]> {
  return await callAws(`describing security group ${name}`, async () => {
    const { DescribeSecurityGroupsCommand } = await loadEc2();
    const Filters = [{ Name: 'group-name', Values: [name] }];
    if (vpcId !== undefined) Filters.push({ Name: 'vpc-id', Values: [vpcId] });
    const command = new DescribeSecurityGroupsCommand({ Filters });
    return (await (await aws.ec2()).send(command, getSendOptions(aws))).SecurityGroups ?? [];
  });
}

/** Those of them that are there. */
export async function listSecurityGroupsById(
  aws: AwsConnection,
  ids: readonly string[],
): Promise<SecurityGroup[]> {
  return await callAws(`describing security groups ${ids.join(', ')}`, async () => {
    const { DescribeSecurityGroupsCommand } = await loadEc2();
    const command = new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-id', Values: [...ids] }] });
    return (await (await aws.ec2()).send(command, getSendOptions(aws))).SecurityGroups ?? [];
  });
}

/** All that carry a tag of this key. */
export async function listTaggedSecurityGroups(aws: AwsConnection, tagKey: string): Promise<SecurityGroup[]> {
  return await callAws(`listing security groups with the tag ${tagKey}`, async () => {
    const { DescribeSecurityGroupsCommand } = await loadEc2();
    const ec2 = await aws.ec2();
    const Filters = [{ Name: 'tag-key', Values: [tagKey] }];
    const pages = readPages('listing security groups', async (NextToken) => {
      const command = new DescribeSecurityGroupsCommand({ Filters, MaxResults: PAGE_SIZE, NextToken });
      const page = await ec2.send(command, getSendOptions(aws));
      return { items: page.SecurityGroups ?? [], marker: page.NextToken };
    });
    return await collectAll(pages);
  });
}

export interface NewSecurityGroup {
  readonly name: string;
  readonly vpcId: string;
  readonly description: string;
  readonly tags: readonly Tag[];
}

export async function createSecurityGroup(aws: AwsConnection, group: NewSecurityGroup): Promise<void> {
  return await callAws(`creating security group ${group.name}`, async () => {
    await sendNewSecurityGroup(aws, group, false);
  });
}

/** Makes nothing; throws NOT_AUTHORIZED where making it is not permitted. */
export async function tryCreatingSecurityGroup(aws: AwsConnection, group: NewSecurityGroup): Promise<void> {
  await callAws('trying to create a security group', async () => {
    await sendNewSecurityGroup(aws, group, true);
  }).catch((error: unknown) => {
    if (!hasAwsCode(error, 'DryRunOperation')) throw error; // how EC2 says that it would have been done
  });
}

async function sendNewSecurityGroup(
  aws: AwsConnection,
  group: NewSecurityGroup,
  DryRun: boolean,
): Promise<void> {
  const { CreateSecurityGroupCommand } = await loadEc2();
  const command = new CreateSecurityGroupCommand({
    ...(DryRun ? { DryRun } : {}),
    GroupName: group.name,
    Description: group.description,
    VpcId: group.vpcId,
    TagSpecifications: [{ ResourceType: 'security-group', Tags: [...group.tags] }],
  });
  await (await aws.ec2()).send(command, getSendOptions(aws));
}

/** Lets TCP in from these networks; a rule that is there already is fine. */
export async function allowIngress(
  aws: AwsConnection,
  { GroupId, GroupName }: OwnedSecurityGroup,
  port: number,
  cidrs: readonly string[],
): Promise<void> {
  for (const cidr of cidrs) {
    await callAws(`opening port ${port} of ${GroupName} for ${cidr}`, async () => {
      const { AuthorizeSecurityGroupIngressCommand } = await loadEc2();
      const range = cidr.includes(':')
        ? { Ipv6Ranges: [{ CidrIpv6: cidr }] }
        : { IpRanges: [{ CidrIp: cidr }] };
      const permission = { IpProtocol: 'tcp', FromPort: port, ToPort: port, ...range };
      const command = new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [permission],
      });
      await (await aws.ec2()).send(command, getSendOptions(aws));
    }).catch((error: unknown) => {
      if (!hasAwsCode(error, 'InvalidPermission.Duplicate')) throw error;
    });
  }
}

/** Takes rules away as they were described. */
export async function revokeIngress(
  aws: AwsConnection,
  { GroupId, GroupName }: OwnedSecurityGroup,
  permissions: readonly IpPermission[],
): Promise<void> {
  if (permissions.length === 0) return;
  await callAws(`closing ${GroupName}`, async () => {
    const { RevokeSecurityGroupIngressCommand } = await loadEc2();
    const command = new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [...permissions] });
    await (await aws.ec2()).send(command, getSendOptions(aws));
  }).catch((error: unknown) => {
    if (!hasAwsCode(error, 'InvalidPermission.NotFound')) throw error;
  });
}

export async function deleteSecurityGroup(
  aws: AwsConnection,
  { GroupId, GroupName }: OwnedSecurityGroup,
): Promise<void> {
  await callAws(`deleting security group ${GroupName}`, async () => {
    const { DeleteSecurityGroupCommand } = await loadEc2();
    const command = new DeleteSecurityGroupCommand({ GroupId });
    await (await aws.ec2()).send(command, getSendOptions(aws));
  });
}
