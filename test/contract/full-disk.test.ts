// What happens when the disk of the volumes is full: the clone fails and says why, everything else goes on.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTestFolder } from '../support/folders.ts';
import {
  openLocalDatabases,
  putClone,
  putCluster,
  putInstance,
  putOpenGroup,
  setClusterStatus,
  waitForCluster,
  waitForInstance,
} from '../support/local-cluster.ts';
import { queryAs } from '../support/login.ts';
import { describeIfMet } from '../support/needs.ts';
import { fillUp, mountSmallDisk } from '../support/small-disk.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

describeIfMet('root', isRoot ? undefined : 'only root can mount a small disk')('on a full disk', () => {
  test('a clone fails with the reason, and its source goes on', async () => {
    await using folder = await makeTestFolder();
    await using disk = await mountSmallDisk(join(folder.path, 'disk'), '500m');
    await using local = await openLocalDatabases(disk.path, { driver: 'copy' });
    await putOpenGroup(local);
    const source = await putCluster(local, 'source');
    await waitForCluster(local, 'source', 'available');
    await putInstance(local, 'source');
    await waitForInstance(local, 'source-1', 'available');
    await queryAs(source, 'CREATE TABLE items AS SELECT 1 AS id');

    await fillUp(disk.path, 20 * 1024 * 1024);
    await putClone(local, 'clone', source);
    await waitForCluster(local, 'clone', 'cloning-failed');
    const event = local.store.events.find(({ sourceId }) => sourceId === 'clone');
    expect(event?.message).toMatch(/^Unable to clone the DB cluster: .*(no space|full|no room)/is);

    expect(await queryAs(source, 'SELECT id FROM items')).toEqual([{ id: 1 }]);
    await setClusterStatus(local, 'clone', 'deleting');
    await waitForCluster(local, 'clone', undefined);
  });
});
