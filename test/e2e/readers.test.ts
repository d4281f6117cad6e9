// An artifact that asks for readers, converged on the local RDS: as many instances as on AWS, and they answer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { waitFor } from '../support/wait.ts';

const folder = makeFolder();
let local: LocalRds;

beforeAll(async () => {
  local = await startLocalRds(folder);
  const source = await local.makeSource('shop-prod');
  await query(source, 'CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id');
  const ini = join(folder, 'artifact.ini');
  writeFileSync(
    ini,
    '[source_db]\nsource_db_cluster_id = shop-prod\n[target_db]\nsubnet_ids = source\ninstance_type = source\n[hardware]\nreaders = 1\n',
  );
  await local.run('build', ini);
});
afterAll(async () => {
  await local?.close();
  expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  removeFolder(folder);
});

async function query(config: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('a copy with a reader shows its reader endpoint, which reads what the writer wrote', async () => {
  await local.run('converge', '--name', 'mine');
  const { copy } = JSON.parse(await local.run('show', 'mine', '--json'));
  expect(copy.instances.map(({ isWriter }: { isWriter: boolean }) => isWriter).sort()).toEqual([false, true]);
  expect(await local.run('show', 'mine')).toMatch(/^reader endpoint +127\.0\.0\.\d$/m);
  const writer = (await local.run('url', 'mine')).trim();
  const reader = writer.replace(`@${copy.endpoint}:`, `@${copy.readerEndpoint}:`);
  expect(await local.run('local', 'status')).toMatch(/mine +available, 1 reader /);
  await query({ connectionString: writer }, 'DELETE FROM orders WHERE id > 10');
  await waitFor('the reader has read it', async () => {
    const rows = await query({ connectionString: reader }, 'SELECT count(*)::int AS n FROM orders');
    return (rows as { n: number }[])[0]?.n === 10;
  });
  if (copy.readerEndpoint !== copy.endpoint) {
    const rows = await query({ connectionString: reader }, 'SELECT pg_is_in_recovery() AS yes');
    expect(rows).toEqual([{ yes: true }]);
  }
});

test('it is stopped, started and destroyed as a whole', async () => {
  await local.run('stop', 'mine');
  await local.run('start', 'mine');
  const writer = (await local.run('url', 'mine')).trim();
  expect(await query({ connectionString: writer }, 'SELECT count(*)::int AS n FROM orders')).toEqual([
    { n: 10 },
  ]);
  await local.run('destroy', 'mine');
  expect((await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(['shop-prod']);
});
