// MariaDB clusters with readers, on real servers. What the API says of readers is the same for every engine and tested
// with PostgreSQL.
import { AuthorizeSecurityGroupIngressCommand, RevokeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import {
  type DBCluster,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  FailoverDBClusterCommand,
  RestoreDBClusterToPointInTimeCommand,
  StartDBClusterCommand,
  StopDBClusterCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findSystemMariadb } from '../../src/local/engine/mariadb-programs.ts';
import { openDatabases } from '../../src/local/open-databases.ts';
import { findProcesses } from '../../src/local/processes.ts';
import { CLUSTER, describeCluster, makeCluster, makeInstance, waitCluster } from '../support/clusters.ts';
import { startTestRds, type TestRds } from '../support/local-rds.ts';
import { queryMysqlAs } from '../support/mysql-login.ts';
import { describeIfMet } from '../support/needs.ts';
import { waitUntil } from '../support/wait-until.ts';

const GROUP = 'sg-0f3b9d5a27c81e640';
const Engine = 'aurora-mysql';
const hasMariadb = (await findSystemMariadb()).length > 0;

describeIfMet('mariadb', hasMariadb ? undefined : 'MariaDB is not installed')('readers of MariaDB', () => {
  let aws: TestRds;
  beforeAll(async () => {
    aws = await startTestRds({ postgresBins: [] }, openDatabases);
    await makeCluster(aws, 'shop', { Engine, DatabaseName: 'orders' });
    await makeInstance(aws, 'shop', { Engine });
    await write('CREATE TABLE items (id int)');
    await write('INSERT INTO items VALUES (1), (2)');
    await makeInstance(aws, 'shop', { Engine, DBInstanceIdentifier: 'shop-2' });
  });
  afterAll(async () => {
    await aws?.[Symbol.asyncDispose]();
    expect(await findProcesses(`${aws.settings.dataDir}/`)).toEqual([]);
  });

  async function query(port: number | undefined, text: string, host = '127.0.0.1') {
    const { MasterUsername: user, MasterUserPassword: password } = CLUSTER;
    return await queryMysqlAs({ host, port: port ?? 0, user, password, database: 'orders' }, text);
  }
  const write = async (text: string) => await query((await describeCluster(aws, 'shop')).Port, text);
  const countAt = async ({ ReaderEndpoint, Port }: DBCluster) =>
    Number((await query(Port, 'SELECT COUNT(*) AS n FROM items', ReaderEndpoint))[0]?.['n']);

  async function findPort(id: string): Promise<number | undefined> {
    const { DBInstances } = await aws.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
    const [instance] = DBInstances ?? [];
    return instance?.DBInstanceStatus === 'available' ? instance.Endpoint?.Port : undefined;
  }

  async function waitForRows(id: string, count: number): Promise<void> {
    await waitUntil(`${id} has ${count} rows`, async () => {
      const rows = await query(await findPort(id), 'SELECT COUNT(*) AS n FROM items').catch(() => []);
      return Number(rows[0]?.['n']) === count;
    });
  }

  test('read what is written, at the reader endpoint too, and take no writes', async () => {
    await write('INSERT INTO items VALUES (3)');
    await waitForRows('shop-2', 3);
    expect(await countAt(await describeCluster(aws, 'shop'))).toBe(3);
    await expect(query(await findPort('shop-2'), 'DELETE FROM items')).rejects.toThrow('read-only');
  });

  test('follow also while nobody is let in, and let nobody in themselves', async () => {
    const port = await findPort('shop-2');
    const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '127.0.0.1/32' }] }];
    await aws.rds.send(new StopDBClusterCommand({ DBClusterIdentifier: 'shop' }));
    await waitCluster(aws, 'shop', 'stopped');
    await aws.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: GROUP, IpPermissions }));
    await aws.rds.send(new StartDBClusterCommand({ DBClusterIdentifier: 'shop' }));
    await waitUntil('the reader is up', async () => await findPort('shop-2'));
    await expect(query(port, 'SELECT 1')).rejects.toThrow('Access denied');
    await aws.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: GROUP, IpPermissions }));
    await write('INSERT INTO items VALUES (4)');
    await waitForRows('shop-2', 4);
  });

  test('come along in no clone, which has its own and hands on nothing', async () => {
    await aws.rds.send(
      new RestoreDBClusterToPointInTimeCommand({
        ...{ DBClusterIdentifier: 'clone', SourceDBClusterIdentifier: 'shop' },
        ...{ RestoreType: 'copy-on-write', UseLatestRestorableTime: true },
      }),
    );
    await makeInstance(aws, 'clone', { Engine });
    const { Port } = await describeCluster(aws, 'clone');
    await query(Port, 'INSERT INTO items VALUES (5)');
    expect(await query(Port, 'SELECT @@log_bin AS log')).toEqual([{ log: 0 }]);
    await makeInstance(aws, 'clone', { Engine, DBInstanceIdentifier: 'clone-2' });
    await waitForRows('clone-2', 5);
    await waitForRows('shop-2', 4);
  });

  test('become the writer by a failover, which loses nothing, and when it is deleted', async () => {
    await aws.rds.send(new FailoverDBClusterCommand({ DBClusterIdentifier: 'shop' }));
    await waitCluster(aws, 'shop');
    expect(await findPort('shop-2')).toBe((await describeCluster(aws, 'shop')).Port);
    await write('INSERT INTO items VALUES (5)');
    await waitForRows('shop-1', 5);
    await aws.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'shop-2' }));
    await waitUntil('shop-1 is alone', async () => {
      const { DBClusterMembers = [], Status } = await describeCluster(aws, 'shop');
      return DBClusterMembers.length === 1 && Status === 'available';
    });
    await write('INSERT INTO items VALUES (6)');
    const cluster = await describeCluster(aws, 'shop');
    await waitUntil('the writer answers for it', async () => (await countAt(cluster).catch(() => 0)) === 6);
    const accounts = "SELECT User FROM mysql.user WHERE User LIKE 'db-artifact.%'";
    await waitUntil('nobody may follow', async () => (await write(accounts)).length === 0);
  });
});
