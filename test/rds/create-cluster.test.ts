import { CreateDBClusterCommand, type CreateDBClusterCommandInput } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLUSTER, makeCluster } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { ACCOUNT_ID, REGION, startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

describe('CreateDBCluster', () => {
  const create = async (input: Partial<CreateDBClusterCommandInput>) =>
    await aws.rds.send(new CreateDBClusterCommand({ ...CLUSTER, DBClusterIdentifier: 'other', ...input }));

  test('fills in the defaults of RDS', async () => {
    const cluster = await makeCluster(aws, 'plain');
    expect(cluster).toMatchObject({
      DBClusterIdentifier: 'plain',
      DBClusterArn: `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster:plain`,
      Engine: 'aurora-postgresql',
      MasterUsername: 'shop',
      BackupRetentionPeriod: 1,
      DBSubnetGroup: 'default',
      DBClusterParameterGroup: `default.aurora-postgresql${cluster.EngineVersion?.split('.')[0]}`,
      AvailabilityZones: [`${REGION}a`, `${REGION}b`, `${REGION}c`],
      DeletionProtection: false,
      CopyTagsToSnapshot: false,
      IAMDatabaseAuthenticationEnabled: false,
      AutoMinorVersionUpgrade: true,
      StorageEncrypted: false,
      NetworkType: 'IPV4',
      TagList: [],
      DBClusterMembers: [],
    });
    expect(cluster.DbClusterResourceId).toMatch(/^cluster-[A-Z0-9]{26}$/);
    expect(cluster.StorageType).toBeUndefined();
    expect(cluster.CloneGroupId).toBeUndefined();
    expect(cluster.VpcSecurityGroups).toHaveLength(1);
    expect(cluster.LatestRestorableTime).toBeInstanceOf(Date);
    expect(JSON.stringify(cluster)).not.toContain('correct-horse');
  });

  test('reports every setting that it was given', async () => {
    const asked = {
      BackupRetentionPeriod: 7,
      PreferredBackupWindow: '01:00-02:00',
      PreferredMaintenanceWindow: 'tue:03:00-tue:04:00',
      DeletionProtection: true,
      CopyTagsToSnapshot: true,
      AutoMinorVersionUpgrade: false,
      StorageEncrypted: true,
      StorageType: 'aurora-iopt1',
      EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 8, SecondsUntilAutoPause: 600 },
      DatabaseName: 'orders',
    };
    const cluster = await makeCluster(aws, 'full', {
      ...asked,
      EnableIAMDatabaseAuthentication: true,
      EnableCloudwatchLogsExports: ['postgresql'],
      Tags: [{ Key: 'stage', Value: 'prod = dev' }],
    });
    expect(cluster).toMatchObject({
      ...asked,
      IAMDatabaseAuthenticationEnabled: true,
      EnabledCloudwatchLogsExports: ['postgresql'],
      TagList: [{ Key: 'stage', Value: 'prod = dev' }],
    });
    expect(cluster.KmsKeyId).toMatch(/^arn:aws:kms:/);
  });

  test('keeps the identifier in lower case and refuses it a second time', async () => {
    await makeCluster(aws, 'Taken');
    const fault = await faultOf(create({ DBClusterIdentifier: 'tAKEN' }));
    expect(fault).toMatchObject({
      code: 'DBClusterAlreadyExistsFault',
      message: 'DB Cluster already exists',
    });
  });

  test('gives one of two at once that want the same port another one', async () => {
    const [a, b] = await Promise.all([
      create({ DBClusterIdentifier: 'port-a', Port: 21_500 }),
      create({ DBClusterIdentifier: 'port-b', Port: 21_500 }),
    ]);
    const ports = [a.DBCluster?.Port, b.DBCluster?.Port];
    expect(ports).toContain(21_500);
    expect(new Set(ports).size).toBe(2);
  });

  test('makes one of two at once that want the same identifier', async () => {
    const calls = [create({ DBClusterIdentifier: 'twin' }), create({ DBClusterIdentifier: 'twin' })];
    const results = await Promise.allSettled(calls);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test.each<[string, Partial<CreateDBClusterCommandInput>, string, RegExp]>([
    [
      'an identifier with two hyphens',
      { DBClusterIdentifier: 'a--b' },
      'InvalidParameterValue',
      /not a valid identifier/,
    ],
    [
      'an identifier that is too long',
      { DBClusterIdentifier: 'a'.repeat(64) },
      'InvalidParameterValue',
      /63/,
    ],
    ['no identifier', { DBClusterIdentifier: '' }, 'MissingParameter', /DBClusterIdentifier/],
    ['an engine of another kind', { Engine: 'postgres' }, 'InvalidParameterValue', /Invalid DB engine/],
    [
      'a version that there is not',
      { EngineVersion: '9.6' },
      'InvalidParameterCombination',
      /^Cannot find version 9.6 for aurora-postgresql$/,
    ],
    [
      'no master user',
      { MasterUsername: undefined },
      'InvalidParameterValue',
      /MasterUsername must be provided/,
    ],
    ['a reserved master user', { MasterUsername: 'admin' }, 'InvalidParameterValue', /reserved word/],
    ['a short password', { MasterUserPassword: 'short' }, 'InvalidParameterValue', /shorter than 8/],
    [
      'a password with a blank',
      { MasterUserPassword: 'correct horse' },
      'InvalidParameterValue',
      /printable ASCII/,
    ],
    ['no password', { MasterUserPassword: undefined }, 'InvalidParameterValue', /MasterUserPassword must be/],
    [
      'a managed password beside a given one',
      { ManageMasterUserPassword: true },
      'InvalidParameterCombination',
      /but not both/,
    ],
    ['a reserved database', { DatabaseName: 'postgres' }, 'InvalidParameterValue', /reserved word/],
    ['a port below 1150', { Port: 80 }, 'InvalidParameterValue', /1150-65535/],
    ['a retention of no days', { BackupRetentionPeriod: 0 }, 'InvalidParameterValue', /between 1 and 35/],
    [
      'windows that overlap',
      { PreferredBackupWindow: '03:00-04:00', PreferredMaintenanceWindow: 'sun:03:30-sun:04:30' },
      'InvalidParameterValue',
      /must not overlap/,
    ],
    [
      'an unknown subnet group',
      { DBSubnetGroupName: 'none' },
      'DBSubnetGroupNotFoundFault',
      /does not exist/,
    ],
    [
      'an unknown security group',
      { VpcSecurityGroupIds: ['sg-0'] },
      'InvalidParameterValue',
      /Invalid security group/,
    ],
    [
      'an unknown parameter group',
      { DBClusterParameterGroupName: 'mine' },
      'DBClusterParameterGroupNotFound',
      /not found: mine/,
    ],
    ['a reserved tag', { Tags: [{ Key: 'aws:x', Value: '1' }] }, 'InvalidParameterValue', /reserved/],
    [
      'a key without encryption',
      { StorageEncrypted: false, KmsKeyId: 'k' },
      'InvalidParameterCombination',
      /KmsKeyId/,
    ],
    [
      'a capacity between the steps',
      { ServerlessV2ScalingConfiguration: { MinCapacity: 0.7, MaxCapacity: 2 } },
      'InvalidParameterValue',
      /steps of 0.5/,
    ],
    [
      'log types of another engine',
      { EnableCloudwatchLogsExports: ['audit'] },
      'InvalidParameterCombination',
      /audit/,
    ],
    ['backtracking', { BacktrackWindow: 60 }, 'InvalidParameterCombination', /Backtrack/],
    [
      'a global cluster',
      { GlobalClusterIdentifier: 'g' },
      'InvalidParameterCombination',
      /GlobalClusterIdentifier is not/,
    ],
  ])('refuses %s', async (_what, input, code, message) => {
    const fault = await faultOf(create(input));
    expect(fault).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(fault.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});
