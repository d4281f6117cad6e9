// An artifact that asks for readers, converged on the local RDS: as many instances as on AWS, and they answer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, type SqlFamily } from '../../src/sql/connect.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { describeIfMet } from '../support/needs.ts';
import { hasProgram, type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { waitFor } from '../support/wait.ts';

const INI = `[source_db]
source_db_cluster_id = shop-prod
[target_db]
subnet_ids = source
instance_type = source
[hardware]
readers = 1
`;
const HUNDRED = {
  postgres: 'CREATE TABLE orders AS SELECT generate_series(1, 100) AS id',
  mysql: 'CREATE TABLE orders AS SELECT seq AS id FROM seq_1_to_100',
};
const IS_READER = { postgres: 'SELECT pg_is_in_recovery()::int AS yes', mysql: 'SELECT @@read_only AS yes' };

describe('copies with a reader, of PostgreSQL', () => describeReaders('postgres'));
describeIfMet('mariadb', hasProgram('mariadbd') ? undefined : 'no mariadbd')(
  'copies with a reader, of MariaDB',
  () => describeReaders('mysql'),
);

function describeReaders(family: SqlFamily): void {
  const folder = makeFolder();
  let local: LocalRds;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    const engine = family === 'postgres' ? 'aurora-postgresql' : 'aurora-mysql';
    const { port, user, password } = await local.makeSource('shop-prod', undefined, engine);
    await query(`x://${user}:${password}@127.0.0.1:${port}/bench`, HUNDRED[family]);
    const ini = join(folder, 'artifact.ini');
    writeFileSync(ini, INI);
    await local.run('build', ini);
  });
  afterAll(async () => {
    await local?.close();
    expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
    removeFolder(folder);
  });

  async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
    const { hostname: host, port, username: user, password, pathname } = new URL(url);
    const login = { user, password, database: pathname.slice(1), tls: 'off', timeoutMs: 10_000 } as const;
    const sql = await connectDatabase({ family, host, port: Number(port), ...login });
    try {
      return (await sql.query(text)).rows;
    } finally {
      await sql.close();
    }
  }
  const countOrders = async (url: string) =>
    Number((await query(url, 'SELECT COUNT(*) AS n FROM orders'))[0]?.['n']);
  const getUrl = async () => (await local.run('url', 'mine')).trim();

  it('show the reader endpoint, which reads what the writer wrote', async () => {
    await local.run('converge', '--name', 'mine');
    const { copy } = JSON.parse(await local.run('show', 'mine', '--json'));
    const writers = copy.instances.map(({ isWriter }: { isWriter: boolean }) => isWriter);
    expect(writers.sort()).toEqual([false, true]);
    expect(await local.run('show', 'mine')).toMatch(/^reader endpoint +127\.0\.0\.\d$/m);
    const writer = await getUrl();
    const reader = writer.replace(`@${copy.endpoint}:`, `@${copy.readerEndpoint}:`);
    expect(await local.run('local', 'status')).toMatch(/mine +available, 1 reader /);
    await query(writer, 'DELETE FROM orders WHERE id > 10');
    await waitFor('the reader has read it', async () => (await countOrders(reader)) === 10);
    if (copy.readerEndpoint !== copy.endpoint) {
      expect(Number((await query(reader, IS_READER[family]))[0]?.['yes'])).toBe(1);
    }
  });

  it('are stopped, started and destroyed as a whole', async () => {
    await local.run('stop', 'mine');
    await local.run('start', 'mine');
    expect(await countOrders(await getUrl())).toBe(10);
    await local.run('destroy', 'mine');
    expect((await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(['shop-prod']);
  });
}
