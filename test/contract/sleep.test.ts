// Servers that sleep while nobody uses them: to a client they are there all the time.
import { afterAll, beforeAll, expect, test } from 'vitest';
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
import { describeIfMet } from '../support/needs.ts';

const ONE = [{ one: 1 }];

const missing = process.platform === 'linux' ? undefined : 'only Linux tells who is connected';

describeIfMet('linux', missing)('servers that nobody uses', () => {
  let folder: TestFolder;
  let local: LocalDatabases;
  let source: ClusterRecord;
  let copy: ClusterRecord;

  beforeAll(async () => {
    folder = await makeTestFolder();
    local = await openLocalDatabases(folder.path, { sleepAfterMs: 1_000 });
    await putOpenGroup(local);
    source = await putCluster(local, 'source');
    await makeServed('source');
    copy = await putClone(local, 'copy', source);
    await makeServed('copy');
  });

  afterAll(async () => {
    await local[Symbol.asyncDispose]();
    expect(await findProcesses(folder.path)).toEqual([]);
    await folder[Symbol.asyncDispose]();
  });

  async function makeServed(id: string): Promise<void> {
    await waitForCluster(local, id, 'available');
    await putInstance(local, id);
    await waitForInstance(local, `${id}-1`, 'available');
  }

  const isAsleep = async (id: string) => {
    const { clusters } = await local.databases.describe();
    return clusters.find((cluster) => cluster.id === id)?.isAsleep;
  };
  const waitForSleep = async () =>
    await waitUntil('it sleeps', local, async () => ((await isAsleep('copy')) ? true : undefined));
  const ask = async () => await queryAs({ port: copy.port }, 'SELECT 1 AS one');

  test('a copy sleeps, stays available, and answers who connects; its source does not sleep', async () => {
    const pid = Number(local.store.clusters.get('copy')?.server?.pid);
    await waitForSleep();
    expect(await findProcess(pid)).toBeUndefined();
    expect(local.store.clusters.get('copy')?.status).toBe('available');
    expect(local.store.instances.get('copy-1')?.status).toBe('available');
    expect(await ask()).toEqual(ONE);
    expect(await isAsleep('source')).toBe(false);
  });

  test('many who connect at once are all answered', async () => {
    await waitForSleep();
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    expect(answers).toEqual(Array.from({ length: 8 }, () => ONE));
  });

  test('a copy that sleeps can be cloned, and the clone holds its rows', async () => {
    await queryAs(copy, 'CREATE TABLE items AS SELECT 7 AS id');
    await waitForSleep();
    const clone = await putClone(local, 'clone', copy);
    await makeServed('clone');
    expect(await queryAs(clone, 'SELECT id FROM items')).toEqual([{ id: 7 }]);
  });

  test('what is asked of a copy that sleeps is done', async () => {
    await waitForSleep();
    const pendingVerifier = await local.databases.hashPassword('aurora-postgresql', 'other');
    await local.store.clusters.update('copy', (record) => ({ ...record, pendingVerifier }));
    await setClusterStatus(local, 'copy', 'resetting-master-credentials');
    await waitForCluster(local, 'copy', 'available');
    const answer = queryAs({ port: copy.port, password: 'other' }, 'SELECT 1 AS one');
    expect(await answer).toEqual(ONE);
  });

  test('a copy that is stopped does not hold its port, nor wake', async () => {
    await waitForSleep();
    await setClusterStatus(local, 'copy', 'stopping');
    await waitForCluster(local, 'copy', 'stopped');
    await expect(ask()).rejects.toThrow('ECONNREFUSED');
    await setClusterStatus(local, 'copy', 'starting');
    await waitForCluster(local, 'copy', 'available');
  });

  test('a copy that sleeps can be removed', async () => {
    await waitForSleep();
    await setInstanceStatus(local, 'copy-1', 'deleting');
    await waitForInstance(local, 'copy-1', undefined);
    await setClusterStatus(local, 'copy', 'deleting');
    await waitForCluster(local, 'copy', undefined);
    await expect(ask()).rejects.toThrow('ECONNREFUSED');
  });

  test('a cluster that says itself when it sleeps does, also one that is no copy', async () => {
    const serverlessV2 = { min: 0, max: 1, secondsUntilAutoPause: 1 };
    await local.store.clusters.update('source', (record) => ({
      ...record,
      settings: { ...record.settings, serverlessV2 },
    }));
    await waitUntil('it sleeps', local, async () => ((await isAsleep('source')) ? true : undefined));
    expect(await queryAs(source, 'SELECT 1 AS one')).toEqual(ONE);
  });
});
