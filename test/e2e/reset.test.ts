// A copy that is made anew has its rows, its port and its password again, also when the program is killed meanwhile.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { startDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { waitFor } from '../support/wait.ts';

const folder = makeFolder();
let local: LocalRds;
let url: string;

beforeAll(async () => {
  local = await startLocalRds(folder);
  const source = await local.makeSource('shop-prod');
  await query(source, 'CREATE TABLE orders AS SELECT generate_series(1, 10) AS id');
  const ini = join(folder, 'artifact.ini');
  writeFileSync(
    ini,
    '[source_db]\nsource_db_cluster_id = shop-prod\n[target_db]\nsubnet_ids = source\ninstance_type = source\n',
  );
  await local.run('build', ini);
  await local.run('converge', '--name', 'mine', '--owner', 'alice', '--ttl', '3d');
  url = await local.run('url', 'mine');
});
afterAll(async () => {
  await local?.close();
  removeFolder(folder);
});

async function query(config: pg.ClientConfig, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function checkReset(): Promise<void> {
  expect(await local.run('url', 'mine')).toBe(url);
  const rows = await query({ connectionString: url.trim() }, 'SELECT count(*)::int AS n FROM orders');
  expect(rows).toEqual([{ n: 10 }]);
  const { copy } = JSON.parse(await local.run('show', 'mine', '--json'));
  expect(copy.owner).toBe('alice');
  expect(Date.parse(copy.expiresAt)).toBeGreaterThan(Date.now() + 2 * 86_400_000);
}

test('what was changed in it is lost, and where it answers stays', async () => {
  await query({ connectionString: url.trim() }, 'DELETE FROM orders');
  await local.run('reset', 'mine');
  await checkReset();
});

test('killed when the copy is gone, the same command makes it again as it was', async () => {
  const { DbClusterResourceId: before } = await local.getCluster('mine');
  const reset = startDbArtifact(['reset', 'mine'], local.env);
  await waitFor('it is another one, or none', async () => {
    const clusters = await local.listClusters();
    return clusters.every(({ DbClusterResourceId }) => DbClusterResourceId !== before);
  });
  reset.child.kill('SIGKILL');
  await reset.ended;
  await local.run('reset', 'mine');
  await checkReset();
});

test('a copy that was destroyed is not made again by a reset', async () => {
  await local.run('destroy', 'mine');
  await expect(local.run('reset', 'mine')).rejects.toThrow('ended with 3');
});
