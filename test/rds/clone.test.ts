// The whole way of a converger through the local RDS: network, source, clone, password, instance, and back.
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  type DBCluster,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNT_ID, REGION, startTestRds, type TestRds } from '../support/local-rds.ts';
import { waitUntil } from '../support/wait-until.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

async function describeCluster(id: string): Promise<DBCluster | undefined> {
  const { DBClusters } = await aws.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
  return DBClusters?.[0];
}

async function waitAvailable(id: string): Promise<DBCluster> {
  return await waitUntil(`${id} available`, async () => {
    const cluster = await describeCluster(id);
    return cluster?.Status === 'available' && cluster;
  });
}

async function isGone(probe: () => Promise<unknown>): Promise<boolean> {
  return await probe().then(
    () => false,
    (error) => /NotFound/.test(error.name),
  );
}

test('a source is made, cloned copy-on-write, given its own password and taken down', async () => {
  const { rds, ec2, sts } = aws;
  const identity = await sts.send(new GetCallerIdentityCommand({}));
  expect(identity.Account).toBe(ACCOUNT_ID);

  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const SubnetIds = Subnets.map((subnet) => subnet.SubnetId ?? '');
  await rds.send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: 'Copies',
      DBSubnetGroupDescription: 'for copies',
      SubnetIds,
    }),
  );
  const group = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'copy', Description: 'copy' }));
  const GroupId = group.GroupId ?? '';
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '127.0.0.1/32' }] },
      ],
    }),
  );

  const created = await rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: 'Shop',
      Engine: 'aurora-postgresql',
      EngineVersion: '18',
      MasterUsername: 'shop',
      MasterUserPassword: 'correct-horse',
      DatabaseName: 'shop',
      Tags: [{ Key: 'stage', Value: 'prod' }],
    }),
  );
  expect(created.DBCluster).toMatchObject({
    DBClusterIdentifier: 'shop',
    Status: 'creating',
    EngineVersion: '18.4',
    DBClusterArn: `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster:shop`,
    Endpoint: '127.0.0.1',
  });
  await waitAvailable('shop');
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'shop-1',
      DBClusterIdentifier: 'shop',
      DBInstanceClass: 'db.t4g.medium',
      Engine: 'aurora-postgresql',
    }),
  );

  const restored = await rds.send(
    new RestoreDBClusterToPointInTimeCommand({
      DBClusterIdentifier: 'shop-copy',
      SourceDBClusterIdentifier: 'shop',
      RestoreType: 'copy-on-write',
      UseLatestRestorableTime: true,
      DBSubnetGroupName: 'copies',
      VpcSecurityGroupIds: [GroupId],
      Port: 21_432,
      Tags: [{ Key: 'copy-of', Value: 'shop' }],
    }),
  );
  expect(restored.DBCluster).toMatchObject({
    Port: 21_432,
    DBSubnetGroup: 'copies',
    MasterUsername: 'shop',
    TagList: [{ Key: 'copy-of', Value: 'shop' }],
    VpcSecurityGroups: [{ VpcSecurityGroupId: GroupId, Status: 'active' }],
  });
  const copy = await waitAvailable('shop-copy');
  expect(copy.CloneGroupId).toBe((await describeCluster('shop'))?.CloneGroupId);

  const modified = await rds.send(
    new ModifyDBClusterCommand({
      DBClusterIdentifier: 'shop-copy',
      MasterUserPassword: 'a-new-password',
      ApplyImmediately: true,
    }),
  );
  expect(modified.DBCluster?.Status).toBe('resetting-master-credentials');
  await waitAvailable('shop-copy');

  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'shop-copy-1',
      DBClusterIdentifier: 'shop-copy',
      DBInstanceClass: 'db.t4g.medium',
      Engine: 'aurora-postgresql',
      PubliclyAccessible: true,
    }),
  );
  const instance = await waitUntil('instance available', async () => {
    const { DBInstances } = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'shop-copy-1' }),
    );
    return DBInstances?.[0]?.DBInstanceStatus === 'available' && DBInstances[0];
  });
  expect(instance.Endpoint).toMatchObject({ Address: '127.0.0.1', Port: 21_432 });
  expect((await describeCluster('shop-copy'))?.DBClusterMembers).toMatchObject([
    { DBInstanceIdentifier: 'shop-copy-1', IsClusterWriter: true },
  ]);

  await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'shop-copy-1' }));
  await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'shop-copy', SkipFinalSnapshot: true }));
  await waitUntil('the copy is gone', async () => await isGone(() => describeCluster('shop-copy')));
  await rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: 'copies' }));
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  expect(aws.logged.filter((line) => line.startsWith('request '))).toEqual([]);
});
