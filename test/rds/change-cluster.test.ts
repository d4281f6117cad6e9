import {
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  type DescribeDBClustersCommandInput,
  ModifyDBClusterCommand,
  type ModifyDBClusterCommandInput,
  StartDBClusterCommand,
  StopDBClusterCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeCluster, makeCluster, makeInstance, waitCluster, waitGone } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

describe('ModifyDBCluster', () => {
  const modify = async (id: string, input: Partial<ModifyDBClusterCommandInput>) => {
    const named = { DBClusterIdentifier: id, ApplyImmediately: true };
    return (await aws.rds.send(new ModifyDBClusterCommand({ ...named, ...input }))).DBCluster;
  };

  test('changes what is given and keeps the rest', async () => {
    await makeCluster(aws, 'changed', {
      BackupRetentionPeriod: 3,
      EnableCloudwatchLogsExports: ['instance'],
    });
    const answer = await modify('changed', {
      CopyTagsToSnapshot: true,
      CloudwatchLogsExportConfiguration: { EnableLogTypes: ['postgresql'], DisableLogTypes: ['instance'] },
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 },
    });
    expect(answer?.Status).toBe('modifying');
    expect(await waitCluster(aws, 'changed')).toMatchObject({
      BackupRetentionPeriod: 3,
      CopyTagsToSnapshot: true,
      EnabledCloudwatchLogsExports: ['postgresql'],
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 },
    });
  });

  test('keeps a verifier of a new password and never the password', async () => {
    await makeCluster(aws, 'secret');
    const answer = await modify('secret', { MasterUserPassword: 'hunter2-hunter2' });
    expect(answer?.Status).toBe('resetting-master-credentials');
    expect(answer?.PendingModifiedValues).toBeUndefined();
    await waitCluster(aws, 'secret');
  });

  test('moves to another port, or to a free one when that is taken', async () => {
    await makeCluster(aws, 'mover');
    expect((await modify('mover', { Port: 21_810 }))?.Port).toBe(21_810);
    await makeCluster(aws, 'second');
    const moved = await modify('second', { Port: 21_810 });
    expect(moved?.Port).not.toBe(21_810);
  });

  test('refuses while a change is under way', async () => {
    await using slow = await startTestRds({ paceMs: 500 });
    await makeCluster(slow, 'busy');
    const change = new ModifyDBClusterCommand({ DBClusterIdentifier: 'busy', BackupRetentionPeriod: 2 });
    await slow.rds.send(change);
    expect(await faultOf(slow.rds.send(change))).toMatchObject({
      code: 'InvalidDBClusterStateFault',
      message: 'DBCluster busy is not currently in the available state.',
    });
  });

  test.each<[string, Partial<ModifyDBClusterCommandInput>, string]>([
    ['a cluster that does not exist', { DBClusterIdentifier: 'none' }, 'DBClusterNotFoundFault'],
    ['a short password', { MasterUserPassword: 'short' }, 'InvalidParameterValue'],
    [
      'an unmanaged password that is missing',
      { ManageMasterUserPassword: false },
      'InvalidParameterCombination',
    ],
    ['another engine version', { EngineVersion: '99.1' }, 'InvalidParameterCombination'],
    ['an unknown security group', { VpcSecurityGroupIds: ['sg-00000000'] }, 'InvalidParameterValue'],
    ['another name', { NewDBClusterIdentifier: 'renamed' }, 'InvalidParameterCombination'],
  ])('refuses %s and changes nothing', async (what, input, code) => {
    const id = what.replaceAll(' ', '-');
    const before = await makeCluster(aws, id);
    expect(await faultOf(modify(id, input))).toMatchObject({ code });
    const { LatestRestorableTime: _, ...same } = before;
    expect(await describeCluster(aws, id)).toMatchObject(same);
  });
});

describe('DeleteDBCluster', () => {
  const remove = async (id: string, input = {}) =>
    await aws.rds.send(
      new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true, ...input }),
    );

  test('removes a cluster, whose name is free again', async () => {
    await makeCluster(aws, 'again');
    expect((await remove('again')).DBCluster?.Status).toBe('deleting');
    await waitGone('again', () => describeCluster(aws, 'again'));
    await makeCluster(aws, 'again');
  });

  test('refuses a protected cluster', async () => {
    await makeCluster(aws, 'protected', { DeletionProtection: true });
    expect(await faultOf(remove('protected'))).toMatchObject({
      code: 'InvalidParameterCombination',
      message: 'Cannot delete protected Cluster, please disable deletion protection and try again.',
    });
  });

  test('refuses a cluster with an instance until that is being deleted', async () => {
    await makeCluster(aws, 'member');
    await makeInstance(aws, 'member');
    expect(await faultOf(remove('member'))).toMatchObject({
      code: 'InvalidDBClusterStateFault',
      message: 'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
    });
    await aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'member-1' }));
    await remove('member');
    await waitGone('member', () => describeCluster(aws, 'member'));
  });

  test('asks what to do about a final snapshot', async () => {
    await makeCluster(aws, 'final');
    const none = await faultOf(remove('final', { SkipFinalSnapshot: false }));
    expect(none.message).toBe('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
    const both = await faultOf(remove('final', { FinalDBSnapshotIdentifier: 's' }));
    expect(both.code).toBe('InvalidParameterCombination');
  });
});

describe('StopDBCluster and StartDBCluster', () => {
  test('stop a cluster, which can then neither be modified nor deleted, and start it again', async () => {
    const DBClusterIdentifier = 'power';
    await makeCluster(aws, DBClusterIdentifier);
    await makeInstance(aws, DBClusterIdentifier);
    await aws.rds.send(new StopDBClusterCommand({ DBClusterIdentifier }));
    await waitCluster(aws, DBClusterIdentifier, 'stopped');
    const changes = [
      new ModifyDBClusterCommand({ DBClusterIdentifier, BackupRetentionPeriod: 2 }),
      new StopDBClusterCommand({ DBClusterIdentifier }),
    ];
    for (const change of changes) {
      const fault = await faultOf(aws.rds.send(change as StopDBClusterCommand));
      expect(fault.code).toBe('InvalidDBClusterStateFault');
    }
    await aws.rds.send(new StartDBClusterCommand({ DBClusterIdentifier }));
    await waitCluster(aws, DBClusterIdentifier);
  });
});

describe('DescribeDBClusters', () => {
  const list = async (input: DescribeDBClustersCommandInput) =>
    await aws.rds.send(new DescribeDBClustersCommand(input));

  test('answers page after page, each cluster once', async () => {
    await using crowded = await startTestRds();
    const ids = Array.from({ length: 45 }, (_, i) => `page-${String(i).padStart(2, '0')}`);
    for (const id of ids) await makeCluster(crowded, id);
    const seen: string[] = [];
    let marker: string | undefined;
    do {
      const page = await crowded.rds.send(new DescribeDBClustersCommand({ MaxRecords: 20, Marker: marker }));
      expect(page.DBClusters?.length).toBeLessThanOrEqual(20);
      seen.push(...(page.DBClusters ?? []).map((cluster) => cluster.DBClusterIdentifier ?? ''));
      marker = page.Marker;
    } while (marker);
    expect(seen).toEqual(ids);
  });

  test('filters by id or ARN, resource id, clone group and engine', async () => {
    const cluster = await makeCluster(aws, 'filtered');
    const filters = {
      'db-cluster-id': [cluster.DBClusterArn ?? '', 'none'],
      'db-cluster-resource-id': [cluster.DbClusterResourceId ?? ''],
    };
    for (const [Name, Values] of Object.entries(filters)) {
      const { DBClusters } = await list({ Filters: [{ Name, Values }] });
      expect(DBClusters?.map((one) => one.DBClusterIdentifier)).toEqual(['filtered']);
    }
    const Filters = [
      { Name: 'engine', Values: ['aurora-postgresql'] },
      { Name: 'clone-group-id', Values: ['none'] },
    ];
    expect((await list({ Filters })).DBClusters).toEqual([]);
  });

  test('refuses unknown filters, and page sizes out of range', async () => {
    const filter = await faultOf(list({ Filters: [{ Name: 'tag', Values: ['x'] }] }));
    expect(filter).toMatchObject({ code: 'InvalidParameterValue', message: 'Unrecognized filter name: tag' });
    const size = await faultOf(list({ MaxRecords: 5 }));
    expect(size.message).toBe('Invalid value 5 for MaxRecords. Must be between 20 and 100');
  });

  test('says 404 for a cluster that does not exist', async () => {
    expect(await faultOf(list({ DBClusterIdentifier: 'None' }))).toMatchObject({
      code: 'DBClusterNotFoundFault',
      message: 'DBCluster None not found.',
      status: 404,
    });
  });
});
