// `db-artifact local snapshot` as a person would use it, on the built program.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { findLeaks } from '../support/leaks.ts';
import { runDbArtifact } from '../support/program.ts';
import { type LocalRds, startLocalRds } from '../support/running-rds.ts';

const folder = makeFolder();
let local: LocalRds;
let source: pg.ClientConfig;

beforeAll(async () => {
  local = await startLocalRds(folder);
  source = await local.makeSource('source');
  await query(source, 'CREATE TABLE things AS SELECT 1 AS id');
});
afterAll(async () => {
  await local?.close();
  expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  removeFolder(folder);
});

const snapshot = async (...args: readonly string[]) => await local.run('local', 'snapshot', ...args);

async function query(config: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('a cluster is kept, listed, restored under another name after it is gone, and given up', async () => {
  expect(await snapshot('create', 'source', 'kept')).toContain('snapshot kept of source\n');
  const named = (await snapshot('create', 'source', '-q')).trim();
  expect(named).toMatch(/^source-\d{8}-\d{6}$/);
  await local.deleteCluster('source');
  expect(await snapshot('list')).toMatch(/^kept +source +available +aurora-postgresql \d+\.\d+ +20.*Z$/m);
  const { items } = JSON.parse(await snapshot('list', 'source', '--json'));
  expect(items).toMatchObject([{ id: 'kept', cluster: 'source', status: 'available' }, { id: named }]);

  const { cluster } = JSON.parse(await snapshot('restore', 'kept', 'again', '--json'));
  expect(cluster).toMatchObject({ id: 'again', snapshot: 'kept', port: source.port, user: 'bench' });
  expect(await query({ ...source, port: cluster.port }, 'SELECT id FROM things')).toEqual([{ id: 1 }]);

  for (const id of ['kept', named]) expect(await snapshot('delete', id)).toBe(`snapshot ${id} is removed\n`);
  expect(await snapshot('list')).toContain('There are no snapshots.');
});

test('what is not there, or there already, is said with a status of its own', async () => {
  const run = async (...args: string[]) => await runDbArtifact(['local', 'snapshot', ...args], local.env);
  expect(await run('delete', 'none')).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('there is no snapshot none'),
  });
  expect(await run('create', 'none')).toMatchObject({ status: 3 });
  await snapshot('create', 'again', 'twice');
  expect(await run('create', 'again', 'twice')).toMatchObject({ status: 7 });
  expect(await run('restore', 'twice', 'again')).toMatchObject({ status: 7 });
});
