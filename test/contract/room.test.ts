// What clusters may take of the machine, on real servers: too much is refused, and what runs goes on.
import { expect, test } from 'vitest';
import { makeTestFolder } from '../support/folders.ts';
import {
  openLocalDatabases,
  putCluster,
  putInstance,
  putOpenGroup,
  waitForCluster,
  waitForInstance,
} from '../support/local-cluster.ts';
import { queryAs } from '../support/login.ts';

test('budgets of memory and disk count what is there, and refuse only what is new', async () => {
  await using folder = await makeTestFolder();
  await using local = await openLocalDatabases(folder.path, { memoryBytes: 60e6, diskBytes: 1e6 });
  await putOpenGroup(local);
  const { checkRoom } = local.databases;
  await checkRoom('server', 'aurora-postgresql');
  const source = await putCluster(local, 'source');
  await waitForCluster(local, 'source', 'available');
  await putInstance(local, 'source');
  await waitForInstance(local, 'source-1', 'available');

  const { usage } = await local.databases.describe();
  expect(usage).toMatchObject({ memoryBytes: 60e6, diskBytes: 1e6 });
  expect(usage.memoryUsedBytes).toBeGreaterThan(1e6);
  expect(usage.diskUsedBytes).toBeGreaterThan(1e6);
  await expect(checkRoom('volume', 'aurora-postgresql')).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
    message: expect.stringMatching(/^[\d.]+ MB of 1 MB are in use$/),
  });
  await expect(checkRoom('server', 'aurora-mysql')).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
    message: expect.stringMatching(/^\d+ MB of 60 MB are in use$/),
  });
  expect(await queryAs(source, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
