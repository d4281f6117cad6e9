// `db-artifact local remove` as a person would use it: sources go when that is really meant, copies by destroy alone.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModifyDBClusterCommand } from '@aws-sdk/client-rds';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { runDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';

const folder = makeFolder();
let local: LocalRds;

beforeAll(async () => {
  local = await startLocalRds(folder);
  await local.makeSource('shop-prod');
  const ini = join(folder, 'artifact.ini');
  writeFileSync(
    ini,
    '[source_db]\nsource_db_cluster_id = shop-prod\n[target_db]\nsubnet_ids = source\ninstance_type = source\n',
  );
  await local.run('build', ini);
  await local.run('converge', '--name', 'mine');
});
afterAll(async () => {
  await local?.close();
  expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  removeFolder(folder);
});

const remove = async (...args: readonly string[]) =>
  await runDbArtifact(['local', 'remove', ...args], local.env);
const listIds = async () =>
  (await local.listClusters()).map(({ DBClusterIdentifier }) => DBClusterIdentifier).sort();

test('what is a copy, is not there, is protected or was not confirmed stays', async () => {
  expect(await remove('none', '--yes')).toMatchObject({ status: 3 });
  expect(await remove('mine', '--yes')).toMatchObject({
    status: 6,
    stderr: expect.stringContaining('db-artifact destroy mine'),
  });
  const { status, stderr } = await remove('shop-prod');
  expect(status).toBe(6);
  expect(stderr).toMatch(
    /removing shop-prod would delete its .*B of data for good; its clones stay \(mine\)/,
  );
  const protect = async (DeletionProtection: boolean) =>
    await local.rds.send(
      new ModifyDBClusterCommand({ DBClusterIdentifier: 'shop-prod', DeletionProtection }),
    );
  await protect(true);
  expect(await remove('shop-prod', '--yes')).toMatchObject({
    status: 6,
    stderr: expect.stringContaining('deletion protection'),
  });
  await protect(false);
  expect(await listIds()).toEqual(['mine', 'shop-prod']);
});

test('a source goes with its instance, and its clone goes on', async () => {
  expect(await remove('shop-prod', '--yes')).toMatchObject({
    status: 0,
    stdout: 'cluster shop-prod is removed\n',
  });
  expect(await listIds()).toEqual(['mine']);
  const client = new pg.Client({ connectionString: (await local.run('url', 'mine')).trim() });
  await client.connect();
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});
