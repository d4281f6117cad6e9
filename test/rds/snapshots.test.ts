import {
  AddTagsToResourceCommand,
  CopyDBClusterSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  type CreateDBClusterSnapshotCommandInput,
  type DBClusterSnapshot,
  DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  type DescribeDBClusterSnapshotsCommandInput,
  ListTagsForResourceCommand,
  ModifyDBClusterCommand,
  RestoreDBClusterFromSnapshotCommand,
  type RestoreDBClusterFromSnapshotCommandInput,
  waitUntilDBClusterSnapshotAvailable,
  waitUntilDBClusterSnapshotDeleted,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeCluster, makeCluster, makeInstance, waitCluster, waitGone } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { ACCOUNT_ID, REGION, startTestRds, type TestRds } from '../support/local-rds.ts';

const OFTEN = { maxWaitTime: 60, minDelay: 1, maxDelay: 1 };

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
  await makeCluster(aws, 'source', {
    DatabaseName: 'orders',
    Port: 21_750,
    BackupRetentionPeriod: 9,
    DeletionProtection: true,
    CopyTagsToSnapshot: true,
    StorageEncrypted: true,
    StorageType: 'aurora-iopt1',
    Tags: [{ Key: 'stage', Value: 'prod' }],
  });
  await makeInstance(aws, 'source');
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

async function take(
  id: string,
  clusterId = 'source',
  input: Partial<CreateDBClusterSnapshotCommandInput> = {},
) {
  const named = { DBClusterSnapshotIdentifier: id, DBClusterIdentifier: clusterId };
  return (await aws.rds.send(new CreateDBClusterSnapshotCommand({ ...named, ...input }))).DBClusterSnapshot;
}

async function takeAndWait(...args: Parameters<typeof take>): Promise<DBClusterSnapshot> {
  await take(...args);
  await waitUntilDBClusterSnapshotAvailable(
    { client: aws.rds, ...OFTEN },
    { DBClusterSnapshotIdentifier: args[0] },
  );
  const [snapshot] = await list({ DBClusterSnapshotIdentifier: args[0] });
  return snapshot as DBClusterSnapshot;
}

async function list(input: DescribeDBClusterSnapshotsCommandInput = {}) {
  return (await aws.rds.send(new DescribeDBClusterSnapshotsCommand(input))).DBClusterSnapshots ?? [];
}

async function listIds(input: DescribeDBClusterSnapshotsCommandInput): Promise<(string | undefined)[]> {
  return (await list(input)).map((snapshot) => snapshot.DBClusterSnapshotIdentifier);
}

async function restore(
  id: string,
  snapshotId: string,
  input: Partial<RestoreDBClusterFromSnapshotCommandInput> = {},
) {
  const named = { DBClusterIdentifier: id, SnapshotIdentifier: snapshotId, Engine: 'aurora-postgresql' };
  return (await aws.rds.send(new RestoreDBClusterFromSnapshotCommand({ ...named, ...input }))).DBCluster;
}

describe('CreateDBClusterSnapshot', () => {
  test('describes the cluster as it is, with its tags where they are to be copied', async () => {
    const cluster = await describeCluster(aws, 'source');
    const made = await take('First', 'source', { Tags: [{ Key: 'why', Value: 'test' }] });
    expect(made).toMatchObject({ Status: 'creating', PercentProgress: 0 });
    await waitUntilDBClusterSnapshotAvailable(
      { client: aws.rds, ...OFTEN },
      { DBClusterSnapshotIdentifier: 'first' },
    );
    expect((await list({ DBClusterSnapshotIdentifier: 'first' }))[0]).toMatchObject({
      DBClusterSnapshotIdentifier: 'first',
      DBClusterSnapshotArn: `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster-snapshot:first`,
      DBClusterIdentifier: 'source',
      DbClusterResourceId: cluster.DbClusterResourceId,
      ClusterCreateTime: cluster.ClusterCreateTime,
      SnapshotType: 'manual',
      Status: 'available',
      PercentProgress: 100,
      Engine: cluster.Engine,
      EngineVersion: cluster.EngineVersion,
      EngineMode: 'provisioned',
      LicenseModel: 'postgresql-license',
      MasterUsername: 'shop',
      Port: 21_750,
      StorageEncrypted: true,
      KmsKeyId: cluster.KmsKeyId,
      StorageType: 'aurora-iopt1',
      TagList: [
        { Key: 'stage', Value: 'prod' },
        { Key: 'why', Value: 'test' },
      ],
    });
  });

  test('leaves the tags of a cluster alone that does not copy them', async () => {
    await makeCluster(aws, 'plain', { Tags: [{ Key: 'stage', Value: 'test' }] });
    expect((await takeAndWait('of-plain', 'plain')).TagList).toEqual([]);
  });

  test('refuses what is not there, not available or taken', async () => {
    expect(await faultOf(take('none', 'missing'))).toMatchObject({ code: 'DBClusterNotFoundFault' });
    expect(await faultOf(take('1st'))).toMatchObject({ code: 'InvalidParameterValue' });
    await takeAndWait('taken');
    expect(await faultOf(take('TAKEN'))).toMatchObject({
      code: 'DBClusterSnapshotAlreadyExistsFault',
      status: 400,
    });
    await using slow = await startTestRds({ paceMs: 5_000 });
    const { CreateDBClusterCommand } = await import('@aws-sdk/client-rds');
    const { CLUSTER } = await import('../support/clusters.ts');
    await slow.rds.send(new CreateDBClusterCommand({ ...CLUSTER, DBClusterIdentifier: 'new' }));
    const early = { DBClusterIdentifier: 'new', DBClusterSnapshotIdentifier: 'early' };
    expect(await faultOf(slow.rds.send(new CreateDBClusterSnapshotCommand(early)))).toMatchObject({
      code: 'InvalidDBClusterStateFault',
    });
  });
});

describe('DescribeDBClusterSnapshots', () => {
  test('finds by name, ARN, cluster, resource id, type and filters', async () => {
    await makeCluster(aws, 'listed');
    const { DBClusterSnapshotArn: arn } = await takeAndWait('listed-1', 'listed');
    const { DbClusterResourceId: resourceId, DBClusterArn: clusterArn = '' } = await describeCluster(
      aws,
      'listed',
    );
    const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });
    for (const input of [
      { DBClusterSnapshotIdentifier: 'LISTED-1' },
      { DBClusterSnapshotIdentifier: arn },
      { DBClusterIdentifier: 'Listed' },
      { DBClusterIdentifier: 'listed', SnapshotType: 'manual', IncludeShared: true, IncludePublic: true },
      { DbClusterResourceId: resourceId },
      filter('db-cluster-id', clusterArn),
      filter('db-cluster-snapshot-id', 'listed-1'),
    ]) {
      expect(await listIds(input), JSON.stringify(input)).toEqual(['listed-1']);
    }
    for (const type of ['automated', 'shared', 'public']) {
      expect(await listIds({ DBClusterIdentifier: 'listed', SnapshotType: type })).toEqual([]);
    }
    expect(await listIds(filter('engine', 'aurora-mysql'))).toEqual([]);
    expect(await listIds({ DBClusterIdentifier: 'long-gone' })).toEqual([]);
  });

  test('gives pages', async () => {
    await makeCluster(aws, 'paged');
    const ids = Array.from({ length: 21 }, (_, at) => `paged-${String(at).padStart(2, '0')}`);
    for (const id of ids) await take(id, 'paged');
    const page = { DBClusterIdentifier: 'paged', MaxRecords: 20 };
    const first = await aws.rds.send(new DescribeDBClusterSnapshotsCommand(page));
    expect(first.DBClusterSnapshots).toHaveLength(20);
    const rest = await list({ ...page, Marker: first.Marker });
    expect(rest.map((snapshot) => snapshot.DBClusterSnapshotIdentifier)).toEqual(['paged-20']);
  });

  test.each<[string, DescribeDBClusterSnapshotsCommandInput, string]>([
    ['an unknown snapshot', { DBClusterSnapshotIdentifier: 'none' }, 'DBClusterSnapshotNotFoundFault'],
    [
      'a snapshot and a cluster',
      { DBClusterSnapshotIdentifier: 'a', DBClusterIdentifier: 'b' },
      'InvalidParameterCombination',
    ],
    ['an unknown type', { SnapshotType: 'nightly' }, 'InvalidParameterValue'],
    ['an unknown filter', { Filters: [{ Name: 'age', Values: ['1'] }] }, 'InvalidParameterValue'],
  ])('refuses %s', async (_what, input, code) => {
    expect(await faultOf(list(input))).toMatchObject({ code });
  });
});

describe('CopyDBClusterSnapshot', () => {
  const copy = async (from: string, to: string, input = {}) => {
    const named = { SourceDBClusterSnapshotIdentifier: from, TargetDBClusterSnapshotIdentifier: to };
    return (await aws.rds.send(new CopyDBClusterSnapshotCommand({ ...named, ...input }))).DBClusterSnapshot;
  };

  test('copies by name or ARN, tags only where that is asked for', async () => {
    const { DBClusterSnapshotArn: arn } = await takeAndWait('original', 'source');
    expect(await copy('original', 'copy-1')).toMatchObject({
      Status: 'copying',
      SourceDBClusterSnapshotArn: arn,
      DBClusterIdentifier: 'source',
      TagList: [],
    });
    const tagged = await copy(arn ?? '', 'copy-2', { CopyTags: true, Tags: [{ Key: 'n', Value: '2' }] });
    expect(tagged?.TagList).toEqual([
      { Key: 'stage', Value: 'prod' },
      { Key: 'n', Value: '2' },
    ]);
  });

  test('refuses unknown sources, taken names and keys for what is not encrypted', async () => {
    expect(await faultOf(copy('none', 'copy-3'))).toMatchObject({ code: 'DBClusterSnapshotNotFoundFault' });
    await makeCluster(aws, 'open');
    await takeAndWait('of-open', 'open');
    expect(await faultOf(copy('of-open', 'of-open'))).toMatchObject({
      code: 'DBClusterSnapshotAlreadyExistsFault',
    });
    expect(await faultOf(copy('of-open', 'copy-4', { KmsKeyId: 'a-key' }))).toMatchObject({
      code: 'InvalidParameterCombination',
    });
  });
});

describe('RestoreDBClusterFromSnapshot', () => {
  test('takes over what the snapshot holds and the tags that the cluster had, and nothing of its network', async () => {
    await takeAndWait('restored', 'source', { Tags: [{ Key: 'of', Value: 'snapshot' }] });
    const cluster = await restore('bare', 'restored');
    expect(cluster).toMatchObject({
      Status: 'creating',
      MasterUsername: 'shop',
      DatabaseName: 'orders',
      StorageEncrypted: true,
      BackupRetentionPeriod: 9,
      TagList: [{ Key: 'stage', Value: 'prod' }],
      DeletionProtection: false,
      CopyTagsToSnapshot: false,
      DBClusterMembers: [],
    });
    expect(cluster?.Port).not.toBe(21_750); // which its source has
    expect(cluster?.CloneGroupId).toBeUndefined();
    await waitCluster(aws, 'bare');
  });

  test('takes other settings, tags and a port', async () => {
    const { DBClusterSnapshotArn: arn = '' } = await takeAndWait('tuned');
    const wanted = { Port: 21_760, DeletionProtection: true, StorageType: 'aurora-iopt1' };
    const Tags = [{ Key: 'mine', Value: '' }];
    const cluster = await restore('tuned', arn, { ...wanted, Tags, EngineVersion: '18' });
    expect(cluster).toMatchObject({ ...wanted, TagList: Tags });
  });

  test.each<[string, string, Partial<RestoreDBClusterFromSnapshotCommandInput>, string]>([
    ['an unknown snapshot', 'none', {}, 'DBClusterSnapshotNotFoundFault'],
    ['a taken name', 'kept', { DBClusterIdentifier: 'source' }, 'DBClusterAlreadyExistsFault'],
    ['another engine', 'kept', { Engine: 'aurora-mysql' }, 'InvalidParameterCombination'],
    ['another version', 'kept', { EngineVersion: '11' }, 'InvalidParameterCombination'],
    ['another database', 'kept', { DatabaseName: 'other' }, 'InvalidParameterCombination'],
    ['a serverless mode', 'kept', { EngineMode: 'serverless' }, 'InvalidParameterCombination'],
    ['an unknown subnet group', 'kept', { DBSubnetGroupName: 'none' }, 'DBSubnetGroupNotFoundFault'],
  ])('refuses %s', async (_what, snapshotId, input, code) => {
    if ((await list()).every(({ DBClusterSnapshotIdentifier: id }) => id !== 'kept'))
      await takeAndWait('kept');
    expect(await faultOf(restore('refused', snapshotId, input))).toMatchObject({ code });
  });
});

describe('DeleteDBClusterSnapshot', () => {
  test('removes it, for good and once', async () => {
    await takeAndWait('brief');
    const call = new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'brief' });
    expect((await aws.rds.send(call)).DBClusterSnapshot?.Status).toBe('deleting');
    const named = { DBClusterSnapshotIdentifier: 'brief' };
    await waitUntilDBClusterSnapshotDeleted({ client: aws.rds, ...OFTEN }, named);
    expect(await faultOf(aws.rds.send(call))).toMatchObject({
      code: 'DBClusterSnapshotNotFoundFault',
      message: 'DBClusterSnapshot not found: brief',
      status: 404,
    });
  });

  test('waits for nobody: one that is being made cannot be deleted', async () => {
    await using slow = await startTestRds({ paceMs: 400 });
    await makeCluster(slow, 'c');
    const named = { DBClusterSnapshotIdentifier: 's' };
    await slow.rds.send(new CreateDBClusterSnapshotCommand({ ...named, DBClusterIdentifier: 'c' }));
    expect(await faultOf(slow.rds.send(new DeleteDBClusterSnapshotCommand(named)))).toMatchObject({
      code: 'InvalidDBClusterSnapshotStateFault',
    });
  });
});

describe('a final snapshot', () => {
  const remove = async (id: string, input = {}) =>
    await aws.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, ...input }));

  test('is there when its cluster is gone, and restores it under its name', async () => {
    await makeCluster(aws, 'mortal', { CopyTagsToSnapshot: true, Tags: [{ Key: 'a', Value: 'b' }] });
    await remove('mortal', { FinalDBSnapshotIdentifier: 'last' });
    await waitGone('mortal', () => describeCluster(aws, 'mortal'));
    const [snapshot] = await list({ DBClusterIdentifier: 'mortal' });
    expect(snapshot).toMatchObject({
      DBClusterSnapshotIdentifier: 'last',
      Status: 'available',
      TagList: [{ Key: 'a', Value: 'b' }],
    });
    await restore('mortal', 'last');
    await waitCluster(aws, 'mortal');
  });

  test('needs a new name, and a cluster that can be deleted', async () => {
    await makeCluster(aws, 'doomed');
    await takeAndWait('present', 'doomed');
    expect(await faultOf(remove('doomed', { FinalDBSnapshotIdentifier: 'present' }))).toMatchObject({
      code: 'DBClusterSnapshotAlreadyExistsFault',
    });
    expect(await faultOf(remove('source', { FinalDBSnapshotIdentifier: 'never' }))).toMatchObject({
      code: 'InvalidParameterCombination',
      message: expect.stringMatching(/protected/),
    });
    expect(await listIds({ DBClusterIdentifier: 'source', SnapshotType: 'manual' })).not.toContain('never');
    expect((await describeCluster(aws, 'doomed')).Status).toBe('available');
  });
});

test('tags of a snapshot can be changed and listed by its ARN', async () => {
  const { DBClusterSnapshotArn: ResourceName } = await takeAndWait('tagged');
  const Tags = [{ Key: 'stage', Value: 'old' }];
  await aws.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
  expect((await aws.rds.send(new ListTagsForResourceCommand({ ResourceName }))).TagList).toEqual(Tags);
});

test('a snapshot keeps what its cluster was, whatever becomes of that', async () => {
  await makeCluster(aws, 'changing', { BackupRetentionPeriod: 3 });
  await takeAndWait('before-change', 'changing');
  const change = { DBClusterIdentifier: 'changing', BackupRetentionPeriod: 5, ApplyImmediately: true };
  await aws.rds.send(new ModifyDBClusterCommand(change));
  expect((await restore('unchanged', 'before-change'))?.BackupRetentionPeriod).toBe(3);
});
