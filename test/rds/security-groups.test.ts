import {
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressCommandInput,
  CreateSecurityGroupCommand,
  type CreateSecurityGroupCommandInput,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { DeleteDBClusterCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeCluster, makeCluster, waitGone } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

async function create(name: string, input: Partial<CreateSecurityGroupCommandInput> = {}): Promise<string> {
  const named = { GroupName: name, Description: `group ${name}` };
  return (await aws.ec2.send(new CreateSecurityGroupCommand({ ...named, ...input }))).GroupId ?? '';
}

async function describeGroup(id: string): Promise<SecurityGroup | undefined> {
  return (await aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))).SecurityGroups?.[0];
}

async function authorize(GroupId: string, input: Partial<AuthorizeSecurityGroupIngressCommandInput>) {
  return await aws.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, ...input }));
}

const allow = (CidrIp: string, Description?: string) => ({
  IpPermissions: [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp, Description }] }],
});

describe('CreateSecurityGroup', () => {
  test('makes a group without ingress, with its tags', async () => {
    const tags = [{ ResourceType: 'security-group' as const, Tags: [{ Key: 'owner', Value: 'me' }] }];
    const id = await create('tagged', { TagSpecifications: tags });
    expect(id).toMatch(/^sg-[0-9a-f]{17}$/);
    expect(await describeGroup(id)).toMatchObject({
      GroupName: 'tagged',
      Description: 'group tagged',
      IpPermissions: [],
      IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      Tags: [{ Key: 'owner', Value: 'me' }],
    });
  });

  test.each<[string, Partial<CreateSecurityGroupCommandInput>, string]>([
    ['a name like an id', { GroupName: 'SG-1' }, 'InvalidParameterValue'],
    ['other letters', { Description: 'für' }, 'InvalidParameterValue'],
    ['an unknown VPC', { VpcId: 'vpc-00000000' }, 'InvalidVpcID.NotFound'],
    ['the name of another', { GroupName: 'default' }, 'InvalidGroup.Duplicate'],
    ['no description', { Description: '' }, 'MissingParameter'],
  ])('refuses %s', async (_what, input, code) => {
    expect(await faultOf(create('refused', input))).toMatchObject({ code });
  });
});

describe('AuthorizeSecurityGroupIngress', () => {
  test('keeps networks in their canonical form', async () => {
    const id = await create('canonical');
    await authorize(id, allow('100.68.0.18/18', 'office'));
    await authorize(id, {
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, Ipv6Ranges: [{ CidrIpv6: '2001:DB8:0::1/64' }] },
      ],
    });
    expect((await describeGroup(id))?.IpPermissions).toMatchObject([
      {
        IpRanges: [{ CidrIp: '100.68.0.0/18', Description: 'office' }],
        Ipv6Ranges: [{ CidrIpv6: '2001:db8::/64' }],
      },
    ]);
  });

  test('takes the short form, and a group as the source', async () => {
    const id = await create('short');
    await authorize(id, { CidrIp: '10.0.0.1/32', IpProtocol: 'tcp', FromPort: 1, ToPort: 2 });
    await authorize(id, { IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: id }] }] });
    expect((await describeGroup(id))?.IpPermissions).toMatchObject([
      { IpProtocol: 'tcp', FromPort: 1, ToPort: 2 },
      { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: id }] },
    ]);
  });

  test('refuses a rule that is there already, however it is written', async () => {
    const id = await create('duplicate');
    await authorize(id, allow('10.1.0.0/16'));
    const fault = await faultOf(authorize(id, allow('10.1.2.3/16', 'again')));
    expect(fault).toMatchObject({
      code: 'InvalidPermission.Duplicate',
      message:
        'the specified rule "peer: 10.1.0.0/16, TCP, from port: 5432, to port: 5432, ALLOW" already exists',
    });
  });

  test.each<[string, Partial<AuthorizeSecurityGroupIngressCommandInput>, string]>([
    ['a malformed network', allow('10.0.0.0'), 'InvalidParameterValue'],
    ['a network of too many bits', allow('10.0.0.0/33'), 'InvalidParameterValue'],
    [
      'ports the wrong way round',
      { CidrIp: '10.0.0.0/8', IpProtocol: 'tcp', FromPort: 2, ToPort: 1 },
      'InvalidParameterValue',
    ],
    ['no source', { IpPermissions: [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 1 }] }, 'MissingParameter'],
    ['an unknown group', { GroupId: 'sg-00000000' }, 'InvalidGroup.NotFound'],
    ['an id that is none', { GroupId: 'group' }, 'InvalidGroupId.Malformed'],
  ])('refuses %s', async (what, input, code) => {
    const id = await create(`refuses ${what}`);
    expect(await faultOf(authorize(id, { ...allow('10.0.0.0/8'), ...input }))).toMatchObject({ code });
  });
});

describe('RevokeSecurityGroupIngress', () => {
  test('removes rules by what they say and by their id', async () => {
    const id = await create('revoked');
    await authorize(id, allow('10.0.0.0/8'));
    const { SecurityGroupRules = [] } = await authorize(id, allow('11.0.0.0/8'));
    const ruleId = SecurityGroupRules[0]?.SecurityGroupRuleId ?? '';
    await aws.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: id, ...allow('10.0.0.0/8') }));
    await aws.ec2.send(
      new RevokeSecurityGroupIngressCommand({ GroupId: id, SecurityGroupRuleIds: [ruleId] }),
    );
    expect((await describeGroup(id))?.IpPermissions).toEqual([]);
    const again = new RevokeSecurityGroupIngressCommand({ GroupId: id, ...allow('10.0.0.0/8') });
    expect(await faultOf(aws.ec2.send(again))).toMatchObject({ code: 'InvalidPermission.NotFound' });
  });
});

describe('DeleteSecurityGroup', () => {
  const remove = async (GroupId: string) => await aws.ec2.send(new DeleteSecurityGroupCommand({ GroupId }));

  test('refuses while a cluster uses the group', async () => {
    const id = await create('in use');
    await makeCluster(aws, 'guarded', { VpcSecurityGroupIds: [id] });
    expect(await faultOf(remove(id))).toMatchObject({
      code: 'DependencyViolation',
      message: `resource ${id} has a dependent object`,
    });
    const named = { DBClusterIdentifier: 'guarded', SkipFinalSnapshot: true };
    await aws.rds.send(new DeleteDBClusterCommand(named));
    await waitGone('guarded', () => describeCluster(aws, 'guarded'));
    await remove(id);
    expect(await faultOf(describeGroup(id))).toMatchObject({ code: 'InvalidGroup.NotFound' });
  });

  test('refuses while a rule of another group names the group, and refuses the default group', async () => {
    const [named, other] = [await create('named'), await create('other')];
    await authorize(other, { IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: named }] }] });
    expect(await faultOf(remove(named))).toMatchObject({ code: 'DependencyViolation' });
    const { SecurityGroups = [] } = await aws.ec2.send(
      new DescribeSecurityGroupsCommand({ GroupNames: ['default'] }),
    );
    expect(await faultOf(remove(SecurityGroups[0]?.GroupId ?? ''))).toMatchObject({ code: 'CannotDelete' });
  });
});

describe('DescribeSecurityGroups', () => {
  test('filters by name with wildcards and by tag', async () => {
    const id = await create('find-me-7');
    await create('find-you');
    await aws.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'run', Value: '7' }] }));
    const find = async (Name: string, Values: string[]) => {
      const { SecurityGroups = [] } = await aws.ec2.send(
        new DescribeSecurityGroupsCommand({ Filters: [{ Name, Values }] }),
      );
      return SecurityGroups.map((group) => group.GroupId);
    };
    expect(await find('group-name', ['find-m?-*'])).toEqual([id]);
    expect(await find('tag:run', ['7', '8'])).toEqual([id]);
    expect(await find('tag-key', ['run'])).toEqual([id]);
    expect(await find('group-name', ['find.me.7'])).toEqual([]);
    expect(await faultOf(find('colour', ['red']))).toMatchObject({ code: 'InvalidParameterValue' });
  });
});
