// Warm spares on real servers: what is handed out is a clone like any other, only sooner.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SpareServer } from '../../src/local/databases.ts';
import { findProcess, findProcesses } from '../../src/local/processes.ts';
import type { ClusterRecord } from '../../src/local/records.ts';
import { makeTestFolder, type TestFolder } from '../support/folders.ts';
import {
  type LocalDatabases,
  openLocalDatabases,
  putClone,
  putCluster,
  putInstance,
  putOpenGroup,
  setClusterStatus,
  setInstanceStatus,
  waitForCluster,
  waitForInstance,
  waitUntil,
} from '../support/local-cluster.ts';
import { queryAs } from '../support/login.ts';

let folder: TestFolder;
let local: LocalDatabases;
let source: ClusterRecord;

beforeAll(async () => {
  folder = await makeTestFolder();
  local = await openLocalDatabases(folder.path, { warm: 1, prestartMs: 3_000, driver: undefined });
  await putOpenGroup(local);
  source = await putCluster(local, 'source', { cloneGroupId: 'cloned-before' });
  await waitForCluster(local, 'source', 'available');
  await makeServed('source');
  await queryAs(source, 'CREATE TABLE items AS SELECT generate_series(1, 1000) AS id');
});

afterAll(async () => {
  await local[Symbol.asyncDispose]();
  expect(await findProcesses(folder.path)).toEqual([]);
  await folder[Symbol.asyncDispose]();
});

async function makeServed(id: string): Promise<void> {
  await putInstance(local, id);
  await waitForInstance(local, `${id}-1`, 'available');
}

async function countSpares(): Promise<number> {
  const { clusters } = await local.databases.describe();
  return clusters.find(({ id }) => id === 'source')?.spares ?? 0;
}

/** A spare of what the source holds now. */
async function takeSpare(name: string): Promise<SpareServer> {
  return await waitUntil('a spare', local, async () => {
    return await local.databases.takeSpare(source.resourceId, name);
  });
}

/** As RestoreDBClusterToPointInTime does it. */
async function hand(name: string, changes: Partial<ClusterRecord> = {}): Promise<ClusterRecord> {
  const { resourceId, port, server } = await takeSpare(name);
  return await putClone(local, name, source, { resourceId, port, server, isVolumeReady: true, ...changes });
}

async function remove(id: string): Promise<void> {
  await setInstanceStatus(local, `${id}-1`, 'deleting');
  await waitForInstance(local, `${id}-1`, undefined);
  await setClusterStatus(local, id, 'deleting');
  await waitForCluster(local, id, undefined);
}

const count = async (cluster: ClusterRecord) =>
  (await queryAs(cluster, 'SELECT count(*)::int AS n FROM items'))[0]?.['n'];

test('a spare lets nobody in before it is a cluster with an instance, and is the same server then', async () => {
  const clone = await hand('clone');
  await expect(count(clone)).rejects.toThrow('no pg_hba.conf entry');
  await makeServed('clone');
  expect(await count(clone)).toBe(1000);
  expect(local.store.clusters.get('clone')?.server).toEqual(clone.server);
  await queryAs(clone, 'DELETE FROM items');
  expect(await count(source)).toBe(1000);
  await remove('clone');
  expect(await findProcess(Number(clone.server?.pid))).toBeUndefined();
});

test('no spare is handed out of what the source held before', async () => {
  await waitUntil('a spare is there', local, async () => ((await countSpares()) > 0 ? true : undefined));
  await queryAs(source, 'INSERT INTO items VALUES (1001)');
  expect(await local.databases.takeSpare(source.resourceId, 'old')).toBeUndefined();
  const newer = await hand('newer');
  await makeServed('newer');
  expect(await count(newer)).toBe(1001);
  await remove('newer');
});

test('the password of the handover is the only one', async () => {
  const pendingVerifier = await local.databases.hashPassword('aurora-postgresql', 'other');
  const { port } = await hand('secret', { pendingVerifier });
  await makeServed('secret');
  await expect(queryAs({ port }, 'SELECT 1')).rejects.toThrow('password');
  expect(await queryAs({ port, password: 'other' }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await remove('secret');
});

test('spares are gone after reopening, and made anew', async () => {
  await waitUntil('a spare is there', local, async () => ((await countSpares()) > 0 ? true : undefined));
  await local.reopen({ warm: 0 });
  expect(await countSpares()).toBe(0);
  expect(await readdir(join(folder.path, 'config'))).toEqual([source.resourceId.toLowerCase()]);
  await local.store.clusters.update('source', (record) => ({ ...record, tags: { 'db-artifact:warm': '2' } }));
  await waitUntil('two spares', local, async () => ((await countSpares()) === 2 ? true : undefined));
});

test('spares go with their source', async () => {
  await waitUntil('two spares', local, async () => ((await countSpares()) === 2 ? true : undefined));
  const listServers = async () =>
    (await findProcesses(folder.path)).filter(({ command }) => command.includes('cluster_name=spare-'));
  expect(await listServers()).toHaveLength(2);
  await remove('source');
  expect(await readdir(join(folder.path, 'config'))).toEqual([]);
  expect(await listServers()).toEqual([]);
});
