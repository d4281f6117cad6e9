import {
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeCluster, INSTANCE, makeCluster, makeInstance, waitGone } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { ACCOUNT_ID, REGION, startTestRds, type TestRds } from '../support/local-rds.ts';
import { waitUntil } from '../support/wait-until.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

async function describeInstance(id: string) {
  const call = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
  return (await aws.rds.send(call)).DBInstances?.[0];
}

async function waitAvailable(id: string) {
  return await waitUntil(`${id} is available`, async () => {
    const instance = await describeInstance(id);
    return instance?.DBInstanceStatus === 'available' && instance;
  });
}

describe('CreateDBInstance', () => {
  test('reports its own settings and those of its cluster', async () => {
    const cluster = await makeCluster(aws, 'parent', { DatabaseName: 'orders' });
    const instance = await makeInstance(aws, 'parent', { Tags: [{ Key: 'a', Value: 'b' }] });
    expect(instance).toMatchObject({
      DBInstanceArn: `arn:aws:rds:${REGION}:${ACCOUNT_ID}:db:parent-1`,
      DBClusterIdentifier: 'parent',
      DBInstanceClass: 'db.t4g.medium',
      Engine: 'aurora-postgresql',
      EngineVersion: cluster.EngineVersion,
      MasterUsername: 'shop',
      DBName: 'orders',
      Endpoint: { Address: '127.0.0.1', Port: cluster.Port },
      PubliclyAccessible: false,
      PromotionTier: 1,
      MonitoringInterval: 0,
      PerformanceInsightsEnabled: false,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
      DBSubnetGroup: { DBSubnetGroupName: 'default', SubnetGroupStatus: 'Complete' },
      TagList: [{ Key: 'a', Value: 'b' }],
    });
    expect(instance.DbiResourceId).toMatch(/^db-[A-Z0-9]{26}$/);
    expect(instance.DBSubnetGroup?.Subnets).toHaveLength(3);
  });

  test('wants a capacity range before a serverless instance', async () => {
    await makeCluster(aws, 'fixed');
    const fault = await faultOf(makeInstance(aws, 'fixed', { DBInstanceClass: 'db.serverless' }));
    expect(fault).toMatchObject({
      code: 'InvalidDBClusterStateFault',
      message: expect.stringMatching(/^Set the Serverless v2 scaling configuration on the parent DB cluster/),
    });
  });

  test('makes a writer and up to 15 readers', async () => {
    await makeCluster(aws, 'many');
    for (let at = 1; at <= 16; at++) await makeInstance(aws, 'many', { DBInstanceIdentifier: `many-${at}` });
    const fault = await faultOf(makeInstance(aws, 'many', { DBInstanceIdentifier: 'many-17' }));
    expect(fault.code).toBe('InstanceQuotaExceeded');
    const { DBClusterMembers = [] } = await describeCluster(aws, 'many');
    const writers = DBClusterMembers.filter((member) => member.IsClusterWriter);
    expect(writers).toMatchObject([{ DBInstanceIdentifier: 'many-1' }]);
  });

  test.each<[string, Partial<CreateDBInstanceCommandInput>, string]>([
    ['an unknown cluster', { DBClusterIdentifier: 'none' }, 'DBClusterNotFoundFault'],
    ['no cluster', { DBClusterIdentifier: undefined }, 'InvalidParameterCombination'],
    ['another engine than its cluster has', { Engine: 'aurora-mysql' }, 'InvalidParameterCombination'],
    ['an unknown class', { DBInstanceClass: 'db.m1.tiny' }, 'InvalidParameterCombination'],
    ['a class that is none', { DBInstanceClass: 'large' }, 'InvalidParameterValue'],
    ['an invalid identifier', { DBInstanceIdentifier: '1st' }, 'InvalidParameterValue'],
    ['an unknown parameter group', { DBParameterGroupName: 'mine' }, 'DBParameterGroupNotFound'],
    ['a tier out of range', { PromotionTier: 16 }, 'InvalidParameterValue'],
    ['monitoring without a role', { MonitoringInterval: 60 }, 'InvalidParameterCombination'],
    ['an unknown certificate', { CACertificateIdentifier: 'rds-ca-2015' }, 'CertificateNotFound'],
    ['a zone elsewhere', { AvailabilityZone: 'us-east-1a' }, 'InvalidParameterValue'],
    ['a password of its own', { MasterUserPassword: 'correct-horse' }, 'InvalidParameterCombination'],
  ])('refuses %s', async (what, input, code) => {
    const id = `bad-${what.replaceAll(' ', '-')}`;
    await makeCluster(aws, id);
    const named = { DBClusterIdentifier: id, DBInstanceIdentifier: `${id}-1` };
    const call = new CreateDBInstanceCommand({ ...INSTANCE, ...named, ...input });
    expect(await faultOf(aws.rds.send(call))).toMatchObject({ code });
  });
});

describe('ModifyDBInstance', () => {
  test('changes what is given and keeps the rest', async () => {
    await makeCluster(aws, 'tuned');
    await makeInstance(aws, 'tuned', { PromotionTier: 3 });
    const change = {
      DBInstanceIdentifier: 'tuned-1',
      DBInstanceClass: 'db.r6g.large',
      PubliclyAccessible: true,
    };
    const { DBInstance } = await aws.rds.send(new ModifyDBInstanceCommand(change));
    expect(DBInstance?.DBInstanceStatus).toBe('modifying');
    expect(await waitAvailable('tuned-1')).toMatchObject({ ...change, PromotionTier: 3 });
  });
});

describe('RebootDBInstance', () => {
  test('comes back available', async () => {
    await makeCluster(aws, 'booted');
    await makeInstance(aws, 'booted');
    const call = new RebootDBInstanceCommand({ DBInstanceIdentifier: 'booted-1' });
    expect((await aws.rds.send(call)).DBInstance?.DBInstanceStatus).toBe('rebooting');
    await waitAvailable('booted-1');
  });
});

describe('DeleteDBInstance', () => {
  test('removes the instance and keeps its cluster', async () => {
    await makeCluster(aws, 'kept');
    await makeInstance(aws, 'kept');
    const snapshot = { DBInstanceIdentifier: 'kept-1', FinalDBSnapshotIdentifier: 's' };
    const fault = await faultOf(aws.rds.send(new DeleteDBInstanceCommand(snapshot)));
    expect(fault.code).toBe('InvalidParameterCombination');
    await aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'kept-1' }));
    await waitGone('kept-1', () => describeInstance('kept-1'));
    await makeInstance(aws, 'kept');
  });

  test('says that an instance is already being deleted', async () => {
    await using slow = await startTestRds({ paceMs: 300 });
    await makeCluster(slow, 'twice');
    await makeInstance(slow, 'twice');
    const call = new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'twice-1' });
    await slow.rds.send(call);
    expect(await faultOf(slow.rds.send(call))).toMatchObject({
      code: 'InvalidDBInstanceState',
      message: 'Instance twice-1 is already being deleted.',
    });
  });
});

describe('DescribeDBInstances', () => {
  test('filters by the cluster, named or by ARN', async () => {
    const cluster = await makeCluster(aws, 'listed');
    await makeInstance(aws, 'listed');
    for (const value of ['listed', cluster.DBClusterArn ?? '']) {
      const Filters = [{ Name: 'db-cluster-id', Values: [value] }];
      const { DBInstances } = await aws.rds.send(new DescribeDBInstancesCommand({ Filters }));
      expect(DBInstances?.map((instance) => instance.DBInstanceIdentifier)).toEqual(['listed-1']);
    }
  });

  test('says 404 for an instance that does not exist', async () => {
    expect(await faultOf(describeInstance('none'))).toMatchObject({
      code: 'DBInstanceNotFound',
      message: 'DBInstance none not found.',
      status: 404,
    });
  });
});
