// Snapshots of real databases, on every storage driver and engine, asked for as actions ask: by records.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findSystemMariadb } from '../../src/local/engine/mariadb-programs.ts';
import { findProcesses } from '../../src/local/processes.ts';
import type { ClusterRecord, EngineFamily, SnapshotRecord } from '../../src/local/records.ts';
import type { DriverName } from '../../src/local/storage/driver.ts';
import {
  type FileSystemKind,
  findFileSystemObstacle,
  makeFileSystem,
  type TestFileSystem,
} from '../support/file-systems.ts';
import { makeTestFolder, type TestFolder } from '../support/folders.ts';
import {
  type LocalDatabases,
  openLocalDatabases,
  PASSWORD,
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
import { queryMysqlAs } from '../support/mysql-login.ts';
import { describeIfMet } from '../support/needs.ts';
import { putSnapshot, setSnapshotStatus, waitForSnapshot } from '../support/snapshots.ts';

const POSTGRES = 'aurora-postgresql';
const VARIANTS: readonly { driver: DriverName; on: FileSystemKind; engine: EngineFamily }[] = [
  { driver: 'overlay', on: 'xfs', engine: POSTGRES },
  { driver: 'snapshot', on: 'btrfs', engine: POSTGRES },
  { driver: 'reflink', on: 'btrfs', engine: POSTGRES },
  { driver: 'copy', on: 'ext4', engine: POSTGRES },
  { driver: 'overlay', on: 'xfs', engine: 'aurora-mysql' },
];
const GIB = 1 << 30;
const bins = await findSystemMariadb();

for (const { driver, on, engine } of VARIANTS) {
  const lacksEngine = engine === 'aurora-mysql' && bins.length === 0;
  const obstacle = lacksEngine ? 'MariaDB is not installed' : await findFileSystemObstacle(on);
  const title = `snapshots of ${engine} with the driver ${driver} on ${on}`;
  describeIfMet(lacksEngine ? 'mariadb' : on, obstacle)(title, () => {
    let fileSystem: TestFileSystem;
    let local: LocalDatabases;
    let source: ClusterRecord;

    beforeAll(async () => {
      fileSystem = await makeFileSystem(on, 2 * GIB);
      const dataDir = join(fileSystem.folder, 'data');
      await mkdir(dataDir, { mode: 0o711 });
      local = await openLocalDatabases(dataDir, { driver });
      await putOpenGroup(local);
      source = await makeSource('source');
    });

    afterAll(async () => {
      await local?.[Symbol.asyncDispose]();
      expect(await findProcesses(fileSystem.folder)).toEqual([]);
      await fileSystem[Symbol.asyncDispose]();
    });

    async function makeSource(id: string): Promise<ClusterRecord> {
      const version = local.databases.engineVersions.find((found) => found.engine === engine);
      const cluster = await makeServed(
        await putCluster(local, id, {
          engine,
          engineVersion: String(version?.version),
          pendingVerifier: await local.databases.hashPassword(engine, PASSWORD),
        }),
      );
      await query(cluster, 'CREATE TABLE items (id int PRIMARY KEY)');
      await query(cluster, 'INSERT INTO items VALUES (1), (2), (3)');
      return cluster;
    }

    async function makeServed({ id }: Pick<ClusterRecord, 'id'>): Promise<ClusterRecord> {
      await waitForCluster(local, id, 'available');
      await putInstance(local, id);
      await waitForInstance(local, `${id}-1`, 'available');
      return local.store.clusters.get(id) as ClusterRecord;
    }

    async function restore(id: string, { volumeId, cluster }: SnapshotRecord): Promise<ClusterRecord> {
      const { engineVersion } = cluster;
      const origin = { kind: 'snapshot', snapshotVolumeId: volumeId } as const;
      return await makeServed(await putCluster(local, id, { engine, engineVersion, origin }));
    }

    async function removeInstance(id: string): Promise<void> {
      await setInstanceStatus(local, `${id}-1`, 'deleting');
      await waitForInstance(local, `${id}-1`, undefined);
    }

    const query = async ({ port }: Pick<ClusterRecord, 'port'>, text: string) =>
      await (engine === POSTGRES ? queryAs : queryMysqlAs)({ port }, text);
    const listItems = async (cluster: ClusterRecord) =>
      (await query(cluster, 'SELECT id FROM items ORDER BY id')).map(({ id }) => id);

    test('a snapshot of a running cluster holds what the cluster held, again and again', async () => {
      const snapshot = await putSnapshot(local, 'first', source);
      await waitForSnapshot(local, 'first', 'available');
      await query(source, 'INSERT INTO items VALUES (4)');
      const once = await restore('once', snapshot);
      await query(once, 'DELETE FROM items WHERE id = 1');
      expect(await listItems(once)).toEqual([2, 3]);
      expect(await listItems(await restore('twice', snapshot))).toEqual([1, 2, 3]);
      expect(await listItems(source)).toEqual([1, 2, 3, 4]);
    });

    test('a copy of it outlives it, and what was restored from it does too', async () => {
      const original = local.store.snapshots.get('first') as SnapshotRecord;
      const copyOf = { arn: original.arn, volumeId: original.volumeId };
      const copy = await putSnapshot(local, 'second', source, { status: 'copying', copyOf });
      await waitForSnapshot(local, 'second', 'available');
      await setSnapshotStatus(local, 'first', 'deleting');
      await waitForSnapshot(local, 'first', undefined);
      expect(await listItems(await restore('thrice', copy))).toEqual([1, 2, 3]);
      expect(await listItems(local.store.clusters.get('once') as ClusterRecord)).toEqual([2, 3]);
    });

    test('a cluster that is deleted goes after its final snapshot is made, which has everything', async () => {
      const mortal = await makeSource('mortal');
      await query(mortal, 'INSERT INTO items VALUES (5)');
      await removeInstance('mortal');
      const snapshot = await putSnapshot(local, 'last', mortal);
      await local.store.clusters.update('mortal', (record) => ({ ...record, finalSnapshotId: 'last' }));
      await setClusterStatus(local, 'mortal', 'deleting');
      await waitForCluster(local, 'mortal', undefined);
      expect(local.store.snapshots.get('last')?.isVolumeReady).toBe(true);
      await waitForSnapshot(local, 'last', 'available');
      expect(await listItems(await restore('mortal', snapshot))).toEqual([1, 2, 3, 5]);
    });

    test('snapshots and what was restored are there after a restart', async () => {
      await local.reopen();
      await waitForInstance(local, 'twice-1', 'available');
      const kept = local.store.snapshots.get('second') as SnapshotRecord;
      expect(await listItems(await restore('later', kept))).toEqual([1, 2, 3]);
      for (const id of ['second', 'last']) {
        await setSnapshotStatus(local, id, 'deleting');
        await waitForSnapshot(local, id, undefined);
      }
    });
  });
}

describe('snapshots and a killed local RDS', () => {
  let folder: TestFolder;
  let local: LocalDatabases;
  let source: ClusterRecord;

  beforeAll(async () => {
    folder = await makeTestFolder();
    local = await openLocalDatabases(folder.path);
    await putOpenGroup(local);
    source = await putCluster(local, 'source');
    await waitForCluster(local, 'source', 'available');
    await putInstance(local, 'source');
    await waitForInstance(local, 'source-1', 'available');
    await queryAs(source, 'CREATE TABLE items AS SELECT 1 AS id');
  });

  afterAll(async () => {
    await local?.[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** As if the process had been killed right after the record was written. */
  const asleep = (): LocalDatabases => ({
    ...local,
    store: local.store,
    databases: { ...local.databases, wakeSnapshot() {} },
  });

  const countItems = async ({ volumeId, cluster }: SnapshotRecord, id: string) => {
    const origin = { kind: 'snapshot', snapshotVolumeId: volumeId } as const;
    const restored = await putCluster(local, id, { origin, engineVersion: cluster.engineVersion });
    await waitForCluster(local, id, 'available');
    await putInstance(local, id);
    await waitForInstance(local, `${id}-1`, 'available');
    return await queryAs(restored, 'SELECT count(*)::int AS n FROM items');
  };

  test('one that was asked for is made at the next start, and one that was half removed goes', async () => {
    const asked = await putSnapshot(asleep(), 'asked', source);
    await putSnapshot(local, 'unwanted', source);
    await waitForSnapshot(local, 'unwanted', 'available');
    const unwanted = await local.store.snapshots.update('unwanted', (record) => ({
      ...record,
      status: 'deleting',
    }));
    await local.reopen();
    await waitForSnapshot(local, 'asked', 'available');
    await waitForSnapshot(local, 'unwanted', undefined);
    expect(await countItems(asked, 'first')).toEqual([{ n: 1 }]);
    expect(await readdir(join(folder.path, 'volumes'))).not.toContain(unwanted.volumeId);
  });

  test('a status under way is seen for the pace, also over a restart', async () => {
    await local.reopen({ paceMs: 60_000 });
    const { statusSince } = await putSnapshot(local, 'slow', source);
    await waitUntil('it is made', local, () => local.store.snapshots.get('slow')?.isVolumeReady || undefined);
    expect(local.store.snapshots.get('slow')).toMatchObject({ status: 'creating', statusSince });
    await local.reopen();
    await waitForSnapshot(local, 'slow', 'available');
  });

  test('a snapshot is not removed before what is restored from it is made', async () => {
    const snapshot = await putSnapshot(local, 'needed', source);
    await waitForSnapshot(local, 'needed', 'available');
    const making = countItems(snapshot, 'heir');
    await setSnapshotStatus(local, 'needed', 'deleting');
    expect(await making).toEqual([{ n: 1 }]);
    await waitForSnapshot(local, 'needed', undefined);
  });

  test('one of a cluster that is gone fails and says so, and keeps a cluster that was to go after it', async () => {
    const gone = { ...source, id: 'gone', resourceId: 'cluster-GONE' };
    await putSnapshot(local, 'orphan', gone);
    await waitForSnapshot(local, 'orphan', 'failed');
    expect(local.store.events.at(-1)).toMatchObject({
      sourceType: 'db-cluster-snapshot',
      sourceId: 'orphan',
      message: expect.stringContaining('the DB cluster gone is gone'),
    });
    await putCluster(local, 'spared', { finalSnapshotId: 'orphan' });
    await waitForCluster(local, 'spared', 'available');
    await setClusterStatus(local, 'spared', 'deleting');
    await waitUntil('it is kept', local, () =>
      local.store.events.find(({ message }) => message.startsWith('DB cluster not deleted')),
    );
    expect(local.store.clusters.get('spared')?.status).toBe('available');
  });
});
