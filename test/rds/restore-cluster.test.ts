import {
  CreateDBClusterCommand,
  RestoreDBClusterToPointInTimeCommand,
  type RestoreDBClusterToPointInTimeCommandInput,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLUSTER, describeCluster, makeCluster, makeInstance, waitCluster } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
  await makeCluster(aws, 'source', {
    DatabaseName: 'orders',
    Port: 21_700,
    BackupRetentionPeriod: 9,
    PreferredBackupWindow: '10:00-11:00',
    DeletionProtection: true,
    CopyTagsToSnapshot: true,
    EnableIAMDatabaseAuthentication: true,
    EnableCloudwatchLogsExports: ['postgresql'],
    AutoMinorVersionUpgrade: false,
    StorageEncrypted: true,
    StorageType: 'aurora-iopt1',
    ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 4 },
    Tags: [{ Key: 'stage', Value: 'prod' }],
  });
  await makeInstance(aws, 'source');
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

async function restore(id: string, input: Partial<RestoreDBClusterToPointInTimeCommandInput> = {}) {
  const { DBCluster } = await aws.rds.send(
    new RestoreDBClusterToPointInTimeCommand({
      DBClusterIdentifier: id,
      SourceDBClusterIdentifier: 'source',
      RestoreType: 'copy-on-write',
      UseLatestRestorableTime: true,
      ...input,
    }),
  );
  return DBCluster;
}

describe('RestoreDBClusterToPointInTime', () => {
  test('takes over what is in the storage, and nothing of network, protection and parameters', async () => {
    const source = await describeCluster(aws, 'source');
    const clone = await restore('bare');
    expect(clone).toMatchObject({
      Engine: source.Engine,
      EngineVersion: source.EngineVersion,
      MasterUsername: 'shop',
      DatabaseName: 'orders',
      StorageEncrypted: true,
      KmsKeyId: source.KmsKeyId,
      AvailabilityZones: source.AvailabilityZones,
      BackupRetentionPeriod: 9,
      TagList: [{ Key: 'stage', Value: 'prod' }],
      DBSubnetGroup: 'default',
      DeletionProtection: false,
      CopyTagsToSnapshot: false,
      IAMDatabaseAuthenticationEnabled: false,
      DBClusterMembers: [],
    });
    expect(clone?.Port).not.toBe(21_700);
    expect(clone?.StorageType).toBeUndefined();
    expect(clone?.EnabledCloudwatchLogsExports).toBeUndefined();
    expect(clone?.ServerlessV2ScalingConfiguration).toBeUndefined();
    expect(clone?.DbClusterResourceId).not.toBe(source.DbClusterResourceId);
  });

  test('replaces the whole set of tags by any that are given', async () => {
    expect((await restore('tagged', { Tags: [{ Key: 'mine', Value: '' }] }))?.TagList).toEqual([
      { Key: 'mine', Value: '' },
    ]);
  });

  test('puts clones, clones of clones and their source into one clone group', async () => {
    const first = await restore('first');
    await waitCluster(aws, 'first');
    await makeInstance(aws, 'first');
    const second = await restore('second', { SourceDBClusterIdentifier: 'first' });
    expect(first?.CloneGroupId).toMatch(/^[0-9a-f-]{36}$/);
    expect(second?.CloneGroupId).toBe(first?.CloneGroupId);
    expect((await describeCluster(aws, 'source')).CloneGroupId).toBe(first?.CloneGroupId);
  });

  test('copies in full when that is asked for, outside of any clone group', async () => {
    const copy = await restore('copied', { RestoreType: 'full-copy' });
    expect(copy?.CloneGroupId).toBeUndefined();
  });

  test('finds the source by its ARN and by its resource id', async () => {
    const source = await describeCluster(aws, 'source');
    const byArn = await restore('by-arn', { SourceDBClusterIdentifier: source.DBClusterArn });
    expect(byArn?.DatabaseName).toBe('orders');
    const byId = await restore('by-id', {
      SourceDBClusterIdentifier: undefined,
      SourceDbClusterResourceId: source.DbClusterResourceId,
    });
    expect(byId?.DatabaseName).toBe('orders');
  });

  test('refuses a source without instances to be cloned, but not to be copied', async () => {
    await makeCluster(aws, 'idle');
    const fault = await faultOf(restore('of-idle', { SourceDBClusterIdentifier: 'idle' }));
    expect(fault).toMatchObject({
      code: 'InvalidDBClusterStateFault',
      message: expect.stringMatching(/instances/),
    });
    await restore('of-idle', { SourceDBClusterIdentifier: 'idle', RestoreType: 'full-copy' });
  });

  test('refuses a source that is still being made', async () => {
    await using slow = await startTestRds({ paceMs: 5_000 });
    await slow.rds.send(new CreateDBClusterCommand({ ...CLUSTER, DBClusterIdentifier: 'new' }));
    const call = new RestoreDBClusterToPointInTimeCommand({
      DBClusterIdentifier: 'early',
      SourceDBClusterIdentifier: 'new',
      UseLatestRestorableTime: true,
    });
    expect(await faultOf(slow.rds.send(call))).toMatchObject({ code: 'InvalidDBClusterStateFault' });
    expect((await describeCluster(slow, 'new')).LatestRestorableTime).toBeUndefined();
  });

  test.each<[string, Partial<RestoreDBClusterToPointInTimeCommandInput>, string, RegExp]>([
    [
      'an unknown source',
      { SourceDBClusterIdentifier: 'none' },
      'DBClusterNotFoundFault',
      /DBCluster none not found/,
    ],
    [
      'a source of another account',
      { SourceDBClusterIdentifier: 'arn:aws:rds:eu-central-1:999999999999:cluster:source' },
      'DBClusterNotFoundFault',
      /not found/,
    ],
    ['no source', { SourceDBClusterIdentifier: undefined }, 'InvalidParameterCombination', /Either/],
    ['an unknown type', { RestoreType: 'thin' }, 'InvalidParameterValue', /copy-on-write/],
    [
      'no time',
      { UseLatestRestorableTime: undefined },
      'InvalidParameterCombination',
      /Either RestoreToTime/,
    ],
    ['two times', { RestoreToTime: new Date() }, 'InvalidParameterCombination', /RestoreToTime cannot be/],
    [
      'a time for a clone',
      { RestoreToTime: new Date(), UseLatestRestorableTime: undefined },
      'InvalidParameterCombination',
      /copy-on-write/,
    ],
    [
      'Performance Insights',
      { EnablePerformanceInsights: true },
      'InvalidParameterCombination',
      /EnablePerformance/,
    ],
  ])('refuses %s', async (_what, input, code, message) => {
    expect(await faultOf(restore('refused', input))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
