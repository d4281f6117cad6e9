import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import {
  CreateDBSubnetGroupCommand,
  type CreateDBSubnetGroupCommandInput,
  DeleteDBSubnetGroupCommand,
  DescribeDBSubnetGroupsCommand,
  ModifyDBSubnetGroupCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCluster } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
let SubnetIds: string[];
beforeAll(async () => {
  aws = await startTestRds();
  const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({}));
  SubnetIds = Subnets.map((subnet) => subnet.SubnetId ?? '');
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

async function create(name: string, input: Partial<CreateDBSubnetGroupCommandInput> = {}) {
  const named = { DBSubnetGroupName: name, DBSubnetGroupDescription: 'for a test' };
  return await aws.rds.send(new CreateDBSubnetGroupCommand({ ...named, SubnetIds, ...input }));
}

async function describeGroup(name: string) {
  const call = new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: name });
  return (await aws.rds.send(call)).DBSubnetGroups?.[0];
}

describe('CreateDBSubnetGroup', () => {
  test('keeps the name in lower case and reports the subnets with their zones', async () => {
    const { DBSubnetGroup } = await create('My Group_1.a');
    expect(DBSubnetGroup).toMatchObject({ DBSubnetGroupName: 'my group_1.a', SubnetGroupStatus: 'Complete' });
    expect(DBSubnetGroup?.Subnets?.map((subnet) => subnet.SubnetIdentifier)).toEqual(SubnetIds);
    expect(await describeGroup('MY GROUP_1.A')).toEqual(DBSubnetGroup);
  });

  test.each<[string, Partial<CreateDBSubnetGroupCommandInput>, string]>([
    ['the name default', { DBSubnetGroupName: 'Default' }, 'InvalidParameterValue'],
    ['a name of other letters', { DBSubnetGroupName: 'a/b' }, 'InvalidParameterValue'],
    ['an unknown subnet', { SubnetIds: ['subnet-0'] }, 'InvalidParameterValue'],
    ['no description', { DBSubnetGroupDescription: '' }, 'MissingParameter'],
  ])('refuses %s', async (_what, input, code) => {
    expect(await faultOf(create('refused', input))).toMatchObject({ code });
  });

  test('refuses one zone only, and a name that is taken', async () => {
    const one = await faultOf(create('narrow', { SubnetIds: SubnetIds.slice(0, 1) }));
    expect(one).toMatchObject({
      code: 'DBSubnetGroupDoesNotCoverEnoughAZs',
      message: expect.stringMatching(/Add subnets to cover at least 2 AZs.$/),
    });
    await create('taken');
    expect(await faultOf(create('Taken'))).toMatchObject({ code: 'DBSubnetGroupAlreadyExists' });
  });
});

describe('ModifyDBSubnetGroup', () => {
  test('replaces the subnets', async () => {
    await create('shrunk');
    const change = { DBSubnetGroupName: 'shrunk', SubnetIds: SubnetIds.slice(1) };
    await aws.rds.send(new ModifyDBSubnetGroupCommand(change));
    expect((await describeGroup('shrunk'))?.Subnets).toHaveLength(2);
  });
});

describe('DeleteDBSubnetGroup', () => {
  const remove = async (DBSubnetGroupName: string) =>
    await aws.rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName }));

  test('removes a group that no cluster uses', async () => {
    await create('unused');
    await remove('unused');
    expect(await faultOf(describeGroup('unused'))).toMatchObject({
      code: 'DBSubnetGroupNotFoundFault',
      message: "DB subnet group 'unused' does not exist.",
      status: 404,
    });
    expect(await faultOf(remove('unused'))).toMatchObject({ code: 'DBSubnetGroupNotFoundFault' });
  });

  test('refuses a group that a cluster uses, and the default one', async () => {
    await create('used');
    await makeCluster(aws, 'user', { DBSubnetGroupName: 'used' });
    for (const name of ['used', 'default']) {
      expect(await faultOf(remove(name))).toMatchObject({ code: 'InvalidDBSubnetGroupStateFault' });
    }
  });
});

describe('DescribeDBSubnetGroups', () => {
  test('lists the default group of the account', async () => {
    const { DBSubnetGroups = [] } = await aws.rds.send(new DescribeDBSubnetGroupsCommand({}));
    expect(DBSubnetGroups.map((group) => group.DBSubnetGroupName)).toContain('default');
  });
});
