import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { getOutput, runDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { projectFolder } from '../support/sources.ts';

const INI =
  '[source_db]\nsource_db_cluster_id = shop-prod\n\n[target_db]\nsubnet_ids = source\ninstance_type = db.r4.large\n';

describe('from an INI file to a copy of your own', () => {
  const folder = makeFolder();
  const ini = join(folder, 'artifact.ini');
  let local: LocalRds;
  let source: pg.ClientConfig;

  beforeAll(async () => {
    local = await startLocalRds(folder);
    source = await local.makeSource('shop-prod');
    await query(source, 'CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id');
    writeFileSync(ini, INI);
  });
  afterAll(async () => {
    await local?.close();
    removeFolder(folder);
  });

  it('builds an image and prints its id, the same each time', async () => {
    const first = await local.run('build', ini);
    const id = /image id: (sha256:[0-9a-f]{64})/.exec(first)?.[1];
    expect(id).toBeDefined();
    expect(await local.run('build', ini)).toContain(`image id: ${id}`);
  });

  it('plans without changing anything', async () => {
    const plan = await local.run('plan', '--name', 'mine');
    expect(plan).toContain('mine');
    expect((await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(['shop-prod']);
  });

  it('converges with the flags of 0.1.0 and the copy holds the rows of the source', async () => {
    const flags = ['--stack-name', 'mine', '--db_password', 'thisisafakepassw0rd'];
    const { status, stderr } = await runDbArtifact(['converge', ...flags], local.env);
    expect(stderr).toMatch(/process list/);
    expect(status).toBe(0);
    const cluster = await local.getCluster('mine');
    const connection = { ...source, port: cluster.Port ?? 0, password: 'thisisafakepassw0rd' };
    expect(await query(connection, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1000 }]);
    await query(connection, 'DELETE FROM orders');
    expect(await query(source, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1000 }]);
  });

  it('attaches to the copy when it is converged again', async () => {
    const before = await local.getCluster('mine');
    await local.run('converge', '--name', 'mine');
    expect((await local.getCluster('mine')).DbClusterResourceId).toBe(before.DbClusterResourceId);
  });

  it('lists and shows the copy without its password, and reveals it on request', async () => {
    const list = await local.run('list', '--json');
    expect(JSON.parse(list).items).toMatchObject([{ name: 'mine', source: 'shop-prod' }]);
    expect(list + (await local.run('show', 'mine'))).not.toContain('thisisafakepassw0rd');
    const url = (await local.run('url', 'mine')).trim();
    expect(await query({ connectionString: url }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await local.run('env', 'mine')).toMatch(/PGPASSWORD=/);
  });

  it('is listed by the library as well', async () => {
    const example = join(projectFolder, 'examples/library/list-copies.mjs');
    const { stdout } = spawnSync(process.execPath, [example], { env: local.env, encoding: 'utf8' });
    expect(stdout).toMatch(/^mine 20\d\d-/m);
  });

  it('runs a command with the connection in its environment and removes the copy afterwards', async () => {
    const script = 'process.stdout.write(new URL(process.env.DATABASE_URL).pathname); process.exit(7)';
    const args = ['converge', '--name', 'brief', '--rm', '--', process.execPath, '-e', script];
    const { status, stdout } = await runDbArtifact(args, local.env);
    expect(status).toBe(7);
    expect(stdout).toContain('/bench');
    expect((await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier)).not.toContain('brief');
  });

  it('expires: gc removes what is past its time and nothing else', async () => {
    await local.run('converge', '--name', 'old', '--ttl', '1s');
    await local.run('extend', 'mine', '--ttl', '1d');
    const due = async () => JSON.parse(await getOutput(['gc', '--dry-run', '--json'], local.env)).items;
    await expect.poll(due, { timeout: 10_000 }).toMatchObject([{ name: 'old' }]);
    await local.run('gc');
    const left = (await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier).sort();
    expect(left).toEqual(['mine', 'shop-prod']);
  });

  it('never touches the source or what it did not make', async () => {
    const { status, stderr } = await runDbArtifact(['destroy', 'shop-prod'], local.env);
    expect([3, 6]).toContain(status);
    expect(stderr).toMatch(/shop-prod/);
    expect((await local.getCluster('shop-prod')).Status).toBe('available');
  });

  it('protects a copy until the protection is lifted', async () => {
    await local.run('protect', 'mine', '--for', '1h');
    expect((await runDbArtifact(['destroy', 'mine'], local.env)).status).toBe(6);
    await local.run('protect', 'mine', '--off');
  });

  it('destroys everything it made, twice if asked twice', async () => {
    await local.run('destroy', 'mine');
    expect((await local.listClusters()).map((cluster) => cluster.DBClusterIdentifier)).toEqual(['shop-prod']);
    expect((await runDbArtifact(['destroy', 'mine'], local.env)).status).toBe(3);
    expect(JSON.parse(await local.run('list', '--json')).items).toEqual([]);
  });

  it('leaves nothing behind when the local RDS goes', async () => {
    await local.run('local', 'down', '--delete');
    expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  });
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
