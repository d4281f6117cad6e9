// A pool that somebody makes on purpose: in which file, of what size and kind, and that nothing of it stays behind.
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { getPool, makePool, type PoolRequest, removePool } from '../../src/local/pools.ts';
import { removeData } from '../../src/local/remove-data.ts';
import { isMounted, unmount } from '../../src/local/storage/mounts.ts';
import { findFileSystemObstacle, makeFileSystem, type TestFileSystem } from '../support/file-systems.ts';
import {
  openLocalDatabases,
  putCluster,
  setClusterStatus,
  waitForCluster,
} from '../support/local-cluster.ts';
import { makeSettings } from '../support/local-rds.ts';
import { describeIfMet } from '../support/needs.ts';

const GIB = 2 ** 30;

describeIfMet('ext4', await findFileSystemObstacle('ext4'))('a pool on ext4', () => {
  let disk: TestFileSystem;
  let dataDir: string;
  let count = 0;
  beforeAll(async () => {
    disk = await makeFileSystem('ext4', 4 * GIB);
  });
  afterAll(async () => await disk?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    dataDir = join(disk.folder, `data-${++count}`);
    await mkdir(dataDir, { mode: 0o711 });
  });
  afterEach(async () => {
    await removePool(dataDir, process.env).catch(() => {});
    expect(await disk.findLeaks()).toEqual([]);
  });

  const request = (changes: Partial<PoolRequest> = {}): PoolRequest => ({
    ...{ dataDir, sizeBytes: GIB, fileSystem: 'xfs', owner: { uid: 0, gid: 0 }, env: process.env },
    ...changes,
  });

  test('is made where it is wanted, sparse, and holds volumes until nobody needs them', async () => {
    const path = join(disk.folder, 'elsewhere.img');
    const made = await makePool(request({ path }));
    expect(made).toMatchObject({
      image: path,
      fileSystem: 'xfs',
      isMounted: true,
      sizeBytes: GIB,
      clusters: 0,
    });
    expect((await stat(path)).blocks * 512).toBeLessThan(0.2 * GIB);
    {
      await using local = await openLocalDatabases(dataDir);
      expect((await local.databases.describe()).driver.reason).toContain(`overlay in the pool image ${path}`);
      await putCluster(local, 'inside');
      await waitForCluster(local, 'inside', 'available');
    }
    expect(await isMounted(made.folder)).toBe(false);
    await using again = await openLocalDatabases(dataDir);
    expect(await isMounted(made.folder)).toBe(true);
    await setClusterStatus(again, 'inside', 'deleting');
    await waitForCluster(again, 'inside', undefined);
    await again[Symbol.asyncDispose]();
    await removePool(dataDir, process.env);
    expect(await readdir(disk.folder)).not.toContain('elsewhere.img');
  });

  test('is mounted again by the next start when a reboot has unmounted it', async () => {
    const { folder } = await makePool(request({ fileSystem: 'btrfs' }));
    await unmount(folder, process.env);
    expect(await getPool(dataDir)).toMatchObject({ fileSystem: 'btrfs', isMounted: false });
    await using local = await openLocalDatabases(dataDir, { driver: 'snapshot' });
    expect((await local.databases.describe()).driver.name).toBe('snapshot');
    expect(await isMounted(folder)).toBe(true);
  });

  test('is not made twice, nor over another file, nor larger than the disk, and leaves nothing then', async () => {
    const path = join(disk.folder, 'pool.img');
    await expect(makePool(request({ path, sizeBytes: 100 * GIB }))).rejects.toMatchObject({
      code: 'DISK_FULL',
    });
    await expect(makePool(request({ path: join(disk.folder, 'missing', 'pool') }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(getPool(dataDir)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await readdir(dataDir)).toEqual([]);
    await makePool(request({ path }));
    await expect(makePool(request())).rejects.toMatchObject({ code: 'CONFLICT' });
    const other = join(dataDir, 'other');
    await expect(makePool(request({ path, dataDir: other }))).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  test('is not removed while a cluster is in it, and goes with all data', async () => {
    const path = join(disk.folder, 'full.img');
    await makePool(request({ path }));
    await mkdir(join(dataDir, 'records', 'clusters'), { recursive: true });
    await writeFile(join(dataDir, 'records', 'clusters', 'kept.json'), '{}');
    await expect(removePool(dataDir, process.env)).rejects.toMatchObject({ code: 'REFUSED' });
    await removeData(await makeSettings({ dataDir }));
    expect(await readdir(disk.folder)).not.toContain('full.img');
  });
});
