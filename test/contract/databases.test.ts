// Clusters on real servers and the best storage driver of this machine, asked for as actions ask: by records.
import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProcess, findProcesses, signalProcess } from '../../src/local/processes.ts';
import type { ClusterRecord, InstanceRecord } from '../../src/local/records.ts';
import { startDetached } from '../../src/run.ts';
import { makeTestFolder, type TestFolder } from '../support/folders.ts';
import {
  type LocalDatabases,
  MASTER,
  OPEN_GROUP,
  openLocalDatabases,
  PASSWORD,
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
  local = await openLocalDatabases(folder.path);
  await putOpenGroup(local);
  source = await makeServed(await putCluster(local, 'source'));
  await queryAs(source, 'CREATE TABLE items AS SELECT generate_series(1, 1000) AS id');
});

afterAll(async () => {
  await local[Symbol.asyncDispose]();
  expect(await findProcesses(folder.path)).toEqual([]);
  await folder[Symbol.asyncDispose]();
});

async function makeServed(cluster: ClusterRecord): Promise<ClusterRecord> {
  await waitForCluster(local, cluster.id, 'available');
  await putInstance(local, cluster.id);
  await waitForInstance(local, `${cluster.id}-1`, 'available');
  return local.store.clusters.get(cluster.id) as ClusterRecord;
}

async function remove(id: string): Promise<void> {
  if (local.store.instances.get(`${id}-1`)) await setInstanceStatus(local, `${id}-1`, 'deleting');
  await waitForInstance(local, `${id}-1`, undefined);
  await setClusterStatus(local, id, 'deleting');
  await waitForCluster(local, id, undefined);
}

const countItems = async (cluster: ClusterRecord) =>
  (await queryAs(cluster, 'SELECT count(*)::int AS n FROM items'))[0]?.['n'];
const listMessages = (id: string) =>
  local.store.events.filter((event) => event.sourceId === id).map((event) => event.message);

describe('clusters', () => {
  test('a fresh cluster without instance is available, and nothing listens', async () => {
    const cluster = await putCluster(local, 'fresh');
    const record = await waitForCluster(local, 'fresh', 'available');
    expect(record).toMatchObject({ isVolumeReady: true });
    expect(record).not.toHaveProperty('pendingVerifier');
    await expect(queryAs(cluster, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await remove('fresh');
    expect(listMessages('fresh')).toEqual(['DB cluster created', 'DB cluster deleted']);
  });

  test('with an instance the master user gets into the database it owns', async () => {
    const rows = await queryAs(
      source,
      'SELECT pg_get_userbyid(datdba)::text AS owner FROM pg_database WHERE datname = current_database()',
    );
    expect(rows).toEqual([{ owner: 'post' }]);
    expect(listMessages('source-1')).toEqual(['DB instance created']);
  });

  test('stopping and starting keep the rows', async () => {
    const cluster = await makeServed(await putCluster(local, 'pause'));
    await queryAs(cluster, 'CREATE TABLE items AS SELECT 1 AS id');
    await setClusterStatus(local, 'pause', 'stopping');
    await waitForCluster(local, 'pause', 'stopped');
    expect(local.store.instances.get('pause-1')?.status).toBe('stopped');
    await expect(countItems(cluster)).rejects.toThrow('ECONNREFUSED');
    await setClusterStatus(local, 'pause', 'starting');
    await waitForCluster(local, 'pause', 'available');
    expect(await countItems(cluster)).toBe(1);
    await remove('pause');
  });

  test('a reboot makes another server process', async () => {
    const pid = local.store.clusters.get('source')?.server?.pid;
    await setInstanceStatus(local, 'source-1', 'rebooting');
    await waitForInstance(local, 'source-1', 'available');
    expect(local.store.clusters.get('source')?.server?.pid).not.toBe(pid);
    expect(listMessages('source-1')).toContain('DB instance restarted');
    expect(await countItems(source)).toBe(1000);
  });

  test('a status under way is seen at least for the pace', async () => {
    await local.reopen({ paceMs: 300 });
    const before = Date.now();
    await putCluster(local, 'slow');
    await waitForCluster(local, 'slow', 'available');
    expect(Date.now() - before).toBeGreaterThanOrEqual(300);
    await local.reopen();
    await remove('slow');
  });

  test('after reopening, servers run again on their data', async () => {
    const before = listMessages('source-1');
    await local.reopen();
    await waitForServer(source);
    expect(await countItems(source)).toBe(1000);
    expect(listMessages('source-1')).toEqual(before);
  });
});

async function waitForServer(cluster: ClusterRecord): Promise<void> {
  await waitUntil(
    'the server answers',
    local,
    async () => await queryAs(cluster, 'SELECT 1').catch(() => undefined),
  );
}

describe('clones', () => {
  test('a clone of a running source holds its rows, and both go on by themselves', async () => {
    const clone = await makeServed(await putClone(local, 'clone', source));
    await queryAs(clone, 'DELETE FROM items WHERE id > 10');
    expect([await countItems(clone), await countItems(source)]).toEqual([10, 1000]);
    await remove('clone');
  });

  test('a clone of what was written since the last clone holds that too', async () => {
    await queryAs(source, 'INSERT INTO items VALUES (1001)');
    const clone = await makeServed(await putClone(local, 'newer', source));
    expect(await countItems(clone)).toBe(1001);
    await queryAs(source, 'DELETE FROM items WHERE id = 1001');
    await remove('newer');
  });

  test('the new password is the only one, from the first connection on', async () => {
    const pendingVerifier = await local.databases.hashPassword('aurora-postgresql', 'other');
    const clone = await makeServed(await putClone(local, 'secret', source, { pendingVerifier }));
    await expect(countItems(clone)).rejects.toThrow('password');
    expect(await queryAs({ port: clone.port, password: 'other' }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await remove('secret');
  });

  test('a password that is set without a server is kept for the first one', async () => {
    const clone = await putClone(local, 'later', source);
    await waitForCluster(local, 'later', 'available');
    const pendingVerifier = await local.databases.hashPassword('aurora-postgresql', 'other');
    await local.store.clusters.update('later', (record) => ({ ...record, pendingVerifier }));
    await setClusterStatus(local, 'later', 'resetting-master-credentials');
    expect(await waitForCluster(local, 'later', 'available')).toMatchObject({ pendingVerifier });
    await makeServed(clone);
    expect(await queryAs({ port: clone.port, password: 'other' }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await remove('later');
  });

  test('a clone of a stopped source, and a clone of that clone, hold its rows', async () => {
    await setClusterStatus(local, 'source', 'stopping');
    await waitForCluster(local, 'source', 'stopped');
    const child = await makeServed(await putClone(local, 'child', source));
    const grandchild = await makeServed(await putClone(local, 'grandchild', child));
    expect(await countItems(grandchild)).toBe(1000);
    expect(local.store.clusters.get('source')?.status).toBe('stopped');
    await setClusterStatus(local, 'source', 'starting');
    await waitForCluster(local, 'source', 'available');
    await remove('child');
    await queryAs(grandchild, 'INSERT INTO items VALUES (1)');
    expect(await countItems(grandchild)).toBe(1001);
    await remove('grandchild');
  });

  test('a clone that never ran can be cloned', async () => {
    const parent = await putClone(local, 'idle', source);
    await waitForCluster(local, 'idle', 'available');
    const child = await makeServed(await putClone(local, 'active', parent));
    expect(await countItems(child)).toBe(1000);
    await remove('idle');
    await remove('active');
  });

  test('a source that is deleted at once still gives the clone that was asked for before', async () => {
    const parent = await makeServed(await putCluster(local, 'parent'));
    await queryAs(parent, 'CREATE TABLE items AS SELECT 1 AS id');
    await putClone(local, 'heir', parent);
    await local.store.instances.update('parent-1', (record) => ({ ...record, status: 'deleting' }));
    await setClusterStatus(local, 'parent', 'deleting');
    await waitForCluster(local, 'parent', undefined);
    const heir = await makeServed(local.store.clusters.get('heir') as ClusterRecord);
    expect(await countItems(heir)).toBe(1);
    await remove('heir');
  });

  test('a clone of a source that is gone fails, says so, and leaves nothing', async () => {
    const nobody = { ...source, resourceId: 'cluster-GONE' };
    await putClone(local, 'orphan', nobody);
    await waitForCluster(local, 'orphan', 'cloning-failed');
    expect(listMessages('orphan')[0]).toContain('its source cluster-GONE is gone');
    await remove('orphan');
  });

  test('many clones at once all work', async () => {
    const ids = Array.from({ length: 6 }, (_, at) => `many${at}`);
    const clones = await Promise.all(
      ids.map(async (id) => await makeServed(await putClone(local, id, source))),
    );
    expect(await Promise.all(clones.map(countItems))).toEqual(ids.map(() => 1000));
    expect(new Set(clones.map((clone) => clone.port)).size).toBe(6);
    await Promise.all(ids.map(remove));
  });
});

describe('access', () => {
  test('a rule that is taken away or added is in force when the call returns', async () => {
    const group = await putOpenGroup(local, '10.0.0.0/8');
    await local.databases.applyAccess(group.id);
    await expect(countItems(source)).rejects.toThrow('no pg_hba.conf entry');
    await putOpenGroup(local);
    await local.databases.applyAccess(group.id);
    expect(await countItems(source)).toBe(1000);
  });

  test('a cluster that gets other groups lets others in', async () => {
    await local.store.clusters.update('source', (record) => ({ ...record, securityGroupIds: [] }));
    await setClusterStatus(local, 'source', 'modifying');
    await waitForCluster(local, 'source', 'available');
    await expect(countItems(source)).rejects.toThrow('no pg_hba.conf entry');
    await local.store.clusters.update('source', (record) => ({ ...record, securityGroupIds: [OPEN_GROUP] }));
    await setClusterStatus(local, 'source', 'modifying');
    await waitForCluster(local, 'source', 'available');
    expect(await countItems(source)).toBe(1000);
  });
});

describe('servers that die', () => {
  test('a killed server is started again, with an event', async () => {
    const pid = Number(local.store.clusters.get('source')?.server?.pid);
    signalProcess(pid, 'SIGKILL');
    await waitUntil('another server', local, () => {
      const now = local.store.clusters.get('source')?.server?.pid;
      return now !== undefined && now !== pid ? true : undefined;
    });
    await waitForServer(source);
    expect(await countItems(source)).toBe(1000);
    expect(listMessages('source-1')).toContain('DB instance restarted');
  });

  test('a server that cannot start is given up, with the end of its log', async () => {
    const cluster = await makeServed(await putCluster(local, 'broken'));
    const dataDir = await findDataDir('broken');
    const control = await open(join(dataDir, 'global', 'pg_control'), 'r+');
    await control.write(Buffer.alloc(512));
    await control.close();
    signalProcess(Number(cluster.server?.pid), 'SIGKILL');
    await waitForInstance(local, 'broken-1', 'failed');
    expect(listMessages('broken-1').at(-1)).toMatch(/The database server keeps ending: .*FATAL|PANIC/s);
    await remove('broken');
  });
});

/** As the server sees it, which may have mounts of its own. */
async function findDataDir(id: string): Promise<string> {
  const [entry] = await findProcesses(`cluster_name=${id}`);
  const folder = / -D (\S+)/.exec(entry?.command ?? '')?.[1] ?? '';
  return process.platform === 'linux' ? `/proc/${entry?.pid}/root${folder}` : folder;
}

describe('what is left', () => {
  test('a removed cluster leaves no process, volume, folder, socket or mount', async () => {
    const cluster = await makeServed(await putClone(local, 'brief', source));
    const pid = Number(cluster.server?.pid);
    const volume = cluster.resourceId.toLowerCase();
    await remove('brief');
    expect(await findProcess(pid)).toBeUndefined();
    expect(await readdir(join(folder.path, 'config'))).not.toContain(volume);
    expect(await readdir(join(folder.path, 'logs'))).not.toContain('brief.log');
    expect(await readdir(join(folder.path, 'run'))).not.toContain(`.s.PGSQL.${cluster.port}`);
    expect(await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')).not.toContain(volume);
  });

  test('two reservations never get the same port, nor one that somebody listens on', async () => {
    const ports = await Promise.all([source.port, undefined, undefined].map(local.databases.reservePort));
    expect(new Set([...ports, source.port]).size).toBe(4);
  });

  test('the description tells driver, engines and servers, and who was forked from whom', async () => {
    await makeServed(await putClone(local, 'described', source));
    const { port } = local.store.clusters.get('described') as ClusterRecord;
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: MASTER,
      password: PASSWORD,
      database: 'shop',
    });
    await client.connect();
    const { driver, disk, engines, clusters } = await local.databases.describe();
    await client.end();
    expect(driver.name).toEqual(expect.any(String));
    expect(engines[0]).toMatchObject({ engine: 'aurora-postgresql', majorVersion: '18' });
    expect(disk.freeBytes).toBeLessThanOrEqual(disk.sizeBytes);
    const { server } = local.store.clusters.get('source') as ClusterRecord;
    const [found, clone] = ['source', 'described'].map((id) => clusters.find((one) => one.id === id));
    const isServing = {
      status: 'available',
      engine: 'aurora-postgresql',
      engineVersion: source.engineVersion,
    };
    expect(found).toMatchObject({ ...isServing, serverPid: server?.pid, isDurable: true });
    expect(found?.sourceId).toBeUndefined();
    expect(clone).toMatchObject({ ...isServing, sourceId: 'source', isDurable: false, connections: 1 });
    expect(clone?.memoryBytes).toBeGreaterThan(1e6);
    expect(clone?.memoryBytes).toBeLessThan(1e9);
    expect(Math.abs(Date.now() - Date.parse(clone?.startedAt ?? ''))).toBeLessThan(60_000);
    expect((clone?.ownBytes ?? 0) + (clone?.sharedBytes ?? 0)).toBeGreaterThanOrEqual(
      clone?.apparentBytes ?? 1,
    );
    await remove('described');
  });
});

describe('a killed local RDS', () => {
  /** Another process makes a cluster with an instance below the folder and is killed. */
  async function makeKilled(path: string, id: string): Promise<void> {
    const log = await open(join(path, 'output'), 'w+');
    const script = join(import.meta.dirname, '../support/killed-databases.ts');
    const args = ['--import', 'tsx', script, path, id];
    const child = await startDetached(process.execPath, args, { env: process.env, logFd: log.fd });
    await log.close();
    await waitUntil('the other process is done', undefined, async () => {
      const said = await readFile(join(path, 'output'), 'utf8');
      if (said.includes('done')) return said;
      return child.exitCode === null ? undefined : Promise.reject(new Error(said));
    });
    signalProcess(child.pid, 'SIGKILL');
    await waitUntil('it is gone', undefined, async () => ((await findProcess(child.pid)) ? undefined : true));
  }

  test('its servers go on and are taken over', async () => {
    await using own = await makeTestFolder();
    await makeKilled(own.path, 'one');
    // The killed one may not have written down yet which process it was.
    const [server] = await findProcesses(`config_file=${own.path}`);
    await using second = await openLocalDatabases(own.path);
    const record = second.store.clusters.get('one') as ClusterRecord;
    expect((await second.databases.describe()).clusters[0]).toMatchObject({ serverPid: Number(server?.pid) });
    expect(await queryAs(record, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.databases.applyAccess(OPEN_GROUP);
  });

  test('a server whose record is gone is ended, and its volume goes', async () => {
    await using own = await makeTestFolder();
    await makeKilled(own.path, 'lost');
    for (const kind of ['clusters/lost', 'instances/lost-1'])
      await rm(join(own.path, 'state', `${kind}.json`));
    expect(await findProcesses('cluster_name=lost')).toHaveLength(1);
    await using second = await openLocalDatabases(own.path);
    expect(await findProcesses('cluster_name=lost')).toEqual([]);
    expect(await readdir(join(own.path, 'config'))).toEqual([]);
    expect((await second.databases.describe()).clusters).toEqual([]);
  });

  test('a server that died meanwhile runs again', async () => {
    await using own = await makeTestFolder();
    await makeKilled(own.path, 'dead');
    const [server] = await findProcesses('cluster_name=dead');
    signalProcess(Number(server?.pid), 'SIGKILL');
    await using second = await openLocalDatabases(own.path);
    const record = second.store.clusters.get('dead') as ClusterRecord;
    const rows = await waitUntil(
      'it answers',
      second,
      async () => await queryAs(record, 'SELECT 1 AS one').catch(() => undefined),
    );
    expect(rows).toEqual([{ one: 1 }]);
  });

  test('its warm spares go, with all that was theirs', async () => {
    await using own = await makeTestFolder();
    await makeKilled(own.path, 'ready+warm');
    const listSpares = async () =>
      (await findProcesses('cluster_name=spare-')).filter(({ command }) => command.includes(own.path));
    expect(await listSpares()).toHaveLength(1);
    const path = join(own.path, 'state', 'clusters', 'ready.json');
    const record = JSON.parse(await readFile(path, 'utf8')) as ClusterRecord;
    await writeFile(path, JSON.stringify({ ...record, tags: {} }));
    await using second = await openLocalDatabases(own.path);
    expect(await listSpares()).toEqual([]);
    const volumeId = record.resourceId.toLowerCase();
    expect(await readdir(join(own.path, 'config'))).toEqual([volumeId]);
    expect((await readdir(join(own.path, 'logs'))).filter((name) => name.startsWith('spare-'))).toEqual([]);
    const volumes = await readdir((await second.databases.describe()).disk.folder);
    expect(volumes.filter((name) => name.startsWith('cluster-'))).toEqual([volumeId]);
    expect(await queryAs(record, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('its readers go on and are taken over, and follow the writer still', async () => {
    await using own = await makeTestFolder();
    await makeKilled(own.path, 'led+reader');
    const listPids = async () =>
      (await findProcesses('cluster_name=led-2'))
        .filter(({ command }) => command.includes(own.path))
        .map(({ pid }) => pid);
    const pids = await listPids();
    await using second = await openLocalDatabases(own.path);
    const record = second.store.clusters.get('led') as ClusterRecord;
    const port = Number(second.store.instances.get('led-2')?.reader?.port);
    await queryAs(record, 'CREATE TABLE items AS SELECT 1 AS id');
    const rows = await waitUntil('the reader has it', second, async () => {
      return await queryAs({ port }, 'SELECT id FROM items').catch(() => undefined);
    });
    expect(rows).toEqual([{ id: 1 }]);
    expect(await listPids()).toEqual(pids);
    const { clusters } = await second.databases.describe();
    expect(clusters[0]?.readers).toMatchObject([
      { id: 'led-2', status: 'available', port, serverPid: pids[0] },
    ]);
  });

  test('a reader from before the last start of the machine is made anew', async () => {
    await using own = await makeTestFolder();
    await makeKilled(own.path, 'old+reader');
    const path = join(own.path, 'state', 'instances', 'old-2.json');
    const record = JSON.parse(await readFile(path, 'utf8')) as InstanceRecord;
    const [before] = await findProcesses('cluster_name=old-2');
    signalProcess(Number(before?.pid), 'SIGKILL');
    const reader = { ...record.reader, bootId: 'another' };
    await writeFile(path, JSON.stringify({ ...record, reader }));
    await using second = await openLocalDatabases(own.path);
    const made = await waitUntil('it is made anew', second, () => {
      const found = second.store.instances.get('old-2')?.reader;
      return found?.isVolumeReady && found.bootId !== 'another' ? found : undefined;
    });
    const rows = await waitUntil('it answers', second, async () => {
      return await queryAs(made, 'SELECT pg_is_in_recovery() AS yes').catch(() => undefined);
    });
    expect(rows).toEqual([{ yes: true }]);
  });
});
