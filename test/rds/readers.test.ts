// Clusters with readers, on real servers: the API says who writes, and the databases agree.
import { AuthorizeSecurityGroupIngressCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import {
  type DBCluster,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeEventsCommand,
  FailoverDBClusterCommand,
  RebootDBInstanceCommand,
  StartDBClusterCommand,
  StopDBClusterCommand,
} from '@aws-sdk/client-rds';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabases } from '../../src/local/open-databases.ts';
import { findProcesses } from '../../src/local/processes.ts';
import { CLUSTER, describeCluster, makeCluster, makeInstance, waitCluster } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { startTestRds, type TestRds } from '../support/local-rds.ts';
import { waitUntil } from '../support/wait-until.ts';

const GROUP = 'sg-0f3b9d5a27c81e640';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds({ postgresBins: [] }, openDatabases);
  await makeCluster(aws, 'shop', { DatabaseName: 'orders' });
  await makeInstance(aws, 'shop');
  await makeInstance(aws, 'shop', { DBInstanceIdentifier: 'shop-2', PromotionTier: 2 });
  await write('CREATE TABLE items (id int PRIMARY KEY)');
});
afterAll(async () => {
  await aws?.[Symbol.asyncDispose]();
  expect(await findProcesses(`${aws.settings.dataDir}/`)).toEqual([]);
});

interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

async function query({ host = '127.0.0.1', port }: Place, text: string): Promise<Record<string, unknown>[]> {
  const login = { user: CLUSTER.MasterUsername, password: CLUSTER.MasterUserPassword, database: 'orders' };
  const client = new pg.Client({ host, ...(port === undefined ? {} : { port }), ...login });
  client.on('error', () => {}); // a failover ends sessions
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

const atReaders = ({ ReaderEndpoint: host, Port: port }: DBCluster): Place => ({ host, port });
const write = async (text: string) => await query({ port: (await describeCluster(aws, 'shop')).Port }, text);

async function describeInstance(id: string) {
  const { DBInstances } = await aws.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
  return DBInstances?.[0];
}

async function waitInstance(id: string) {
  return await waitUntil(`${id} is available`, async () => {
    const instance = await describeInstance(id);
    return instance?.DBInstanceStatus === 'available' && instance;
  });
}

async function findWriter(): Promise<string | undefined> {
  const { DBClusterMembers = [] } = await describeCluster(aws, 'shop');
  const writers = DBClusterMembers.filter((member) => member.IsClusterWriter);
  expect(writers).toHaveLength(1);
  return writers[0]?.DBInstanceIdentifier;
}

/** Rows that were written become readable a moment later, as on Aurora. */
async function waitForRows(place: Place, count: number): Promise<void> {
  await waitUntil(`${count} rows`, async () => {
    const rows = await query(place, 'SELECT count(*)::int AS n FROM items').catch(() => []);
    return rows[0]?.['n'] === count;
  });
}

/** Their servers; no other test's. */
const listReaders = async () =>
  (await findProcesses('cluster_name=shop-')).filter(({ command }) => command.includes(aws.settings.dataDir));

const isReader = async (place: Place) =>
  (await query(place, 'SELECT pg_is_in_recovery() AS yes'))[0]?.['yes'] === true;

describe('a cluster with a reader', () => {
  test('has one writer, and an endpoint of its own for every instance', async () => {
    const cluster = await describeCluster(aws, 'shop');
    expect(cluster.DBClusterMembers).toMatchObject([
      { DBInstanceIdentifier: 'shop-1', IsClusterWriter: true, PromotionTier: 1 },
      { DBInstanceIdentifier: 'shop-2', IsClusterWriter: false, PromotionTier: 2 },
    ]);
    const [one, two] = [await describeInstance('shop-1'), await describeInstance('shop-2')];
    expect(one?.Endpoint).toEqual({ Address: '127.0.0.1', Port: cluster.Port });
    expect(two?.Endpoint?.Port).not.toBe(cluster.Port);
    expect(await isReader({ port: one?.Endpoint?.Port })).toBe(false);
    expect(await isReader({ port: two?.Endpoint?.Port })).toBe(true);
  });

  test('reads what was written, at the reader endpoint too, and writes only at the writer', async () => {
    const cluster = await describeCluster(aws, 'shop');
    expect(cluster.ReaderEndpoint).toBe(process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1');
    await write('INSERT INTO items SELECT generate_series(1, 100)');
    await waitForRows(atReaders(cluster), 100);
    await waitForRows({ port: (await describeInstance('shop-2'))?.Endpoint?.Port }, 100);
    expect(await isReader(atReaders(cluster))).toBe(cluster.ReaderEndpoint === '127.0.0.2');
    const port = (await describeInstance('shop-2'))?.Endpoint?.Port;
    await expect(query({ port }, 'DELETE FROM items')).rejects.toThrow('read-only transaction');
  });

  test('lets nobody in at a reader who is not let in at the writer', async () => {
    const cluster = await describeCluster(aws, 'shop');
    const port = (await describeInstance('shop-2'))?.Endpoint?.Port;
    const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '127.0.0.1/32' }] }];
    await aws.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: GROUP, IpPermissions }));
    for (const place of [{ port }, atReaders(cluster)]) {
      await expect(query(place, 'SELECT 1')).rejects.toThrow('no pg_hba.conf entry');
    }
    await aws.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: GROUP, IpPermissions }));
    await query({ port }, 'SELECT 1');
  });

  test('starts a reader again that was killed or rebooted, and it catches up', async () => {
    const port = (await describeInstance('shop-2'))?.Endpoint?.Port;
    const [entry] = await listReaders();
    process.kill(Number(entry?.pid), 'SIGKILL');
    await write('INSERT INTO items VALUES (101)');
    await waitForRows({ port }, 101);
    await aws.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'shop-2' }));
    await waitInstance('shop-2');
    const [again] = await listReaders();
    expect(again?.pid).not.toBe(entry?.pid);
    await waitForRows({ port }, 101);
  });

  test('stops and starts with its readers', async () => {
    const DBClusterIdentifier = 'shop';
    const port = (await describeInstance('shop-2'))?.Endpoint?.Port;
    await aws.rds.send(new StopDBClusterCommand({ DBClusterIdentifier }));
    await waitCluster(aws, 'shop', 'stopped');
    await expect(query({ port }, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    expect((await describeInstance('shop-2'))?.DBInstanceStatus).toBe('stopped');
    await aws.rds.send(new StartDBClusterCommand({ DBClusterIdentifier }));
    await waitCluster(aws, 'shop');
    await waitInstance('shop-2');
    await waitForRows({ port }, 101);
  });
});

describe('FailoverDBCluster', () => {
  const failOver = async (
    input: { TargetDBInstanceIdentifier?: string; DBClusterIdentifier?: string } = {},
  ) => await aws.rds.send(new FailoverDBClusterCommand({ DBClusterIdentifier: 'shop', ...input }));

  test('makes the named reader the writer and the writer a reader, and loses nothing', async () => {
    await write('INSERT INTO items VALUES (102)');
    const { DBCluster } = await failOver({ TargetDBInstanceIdentifier: 'shop-2' });
    expect(DBCluster?.Status).toBe('failing-over');
    await waitCluster(aws, 'shop');
    expect(await findWriter()).toBe('shop-2');
    const { Port: port } = await describeCluster(aws, 'shop');
    expect((await waitInstance('shop-2')).Endpoint?.Port).toBe(port);
    await write('INSERT INTO items VALUES (103)');
    const reader = await waitUntil('shop-1 is a reader', async () => {
      const place = { port: (await describeInstance('shop-1'))?.Endpoint?.Port };
      return place.port !== undefined && (await isReader(place).catch(() => false)) && place;
    });
    await waitForRows(reader, 103);
    const { Events = [] } = await aws.rds.send(
      new DescribeEventsCommand({ SourceType: 'db-cluster', SourceIdentifier: 'shop' }),
    );
    expect(Events.map(({ Message }) => Message)).toContain('Completed failover to DB instance: shop-2');
  });

  test('refuses what is no reader of the cluster', async () => {
    await makeCluster(aws, 'single');
    await makeInstance(aws, 'single');
    for (const [input, code] of [
      [{ DBClusterIdentifier: 'none' }, 'DBClusterNotFoundFault'],
      [{ TargetDBInstanceIdentifier: 'none' }, 'DBInstanceNotFound'],
      [{ TargetDBInstanceIdentifier: 'single-1' }, 'InvalidDBInstanceState'],
      [{ TargetDBInstanceIdentifier: 'shop-2' }, 'InvalidDBInstanceState'],
      [{ DBClusterIdentifier: 'single' }, 'InvalidDBClusterStateFault'],
    ] as const) {
      expect(await faultOf(failOver(input)), JSON.stringify(input)).toMatchObject({ code });
    }
  });

  test('a writer that is deleted hands over to its reader, and the reader endpoint to the writer', async () => {
    await waitInstance('shop-1');
    await aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'shop-2' }));
    await waitUntil('shop-1 is alone', async () => {
      const { DBClusterMembers = [], Status } = await describeCluster(aws, 'shop');
      return DBClusterMembers.length === 1 && Status === 'available';
    });
    expect(await findWriter()).toBe('shop-1');
    await write('INSERT INTO items VALUES (104)');
    await waitForRows(atReaders(await describeCluster(aws, 'shop')), 104);
    expect(await listReaders()).toEqual([]);
    expect(await write('SELECT slot_name FROM pg_replication_slots')).toEqual([]);
  });
});

test('two readers share the reader endpoint, and everything goes with the cluster', async () => {
  for (const id of ['shop-3', 'shop-4']) await makeInstance(aws, 'shop', { DBInstanceIdentifier: id });
  const cluster = await describeCluster(aws, 'shop');
  const seen = new Set<unknown>();
  await waitUntil('both answer', async () => {
    const [row] = await query(atReaders(cluster), "SELECT current_setting('cluster_name') AS name");
    return seen.add(row?.['name']).size === 2;
  });
  expect([...seen].sort()).toEqual(['shop-3', 'shop-4']);
  for (const id of ['shop-1', 'shop-3', 'shop-4']) {
    await aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: id }));
  }
  await aws.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'shop', SkipFinalSnapshot: true }));
  await waitUntil('it is gone', async () =>
    describeCluster(aws, 'shop').then(
      () => false,
      () => true,
    ),
  );
  expect(await listReaders()).toEqual([]);
  await expect(query(atReaders(cluster), 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
});
