// The driver of btrfs subvolumes: goldens and forks are snapshots, taken in one instant whatever the size.
// Node cannot reach the ioctls, so the btrfs program does it: https://btrfs.readthedocs.io/en/latest/btrfs-subvolume.html
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runChecked } from '../../run.ts';
import type { StorageDriver, VolumeSize } from './driver.ts';
import { measureBlocks } from './extents.ts';
import { makeFirstReads } from './first-reads.ts';
import { openItems } from './items.ts';
import { makeOwnedFolder } from './owner.ts';
import type { Place } from './place.ts';
import { removeTree } from './remove-tree.ts';
import { readTree } from './tree.ts';

const DATA = 'data';
/** https://btrfs.readthedocs.io/en/latest/Subvolumes.html#inode-numbers */
const SUBVOLUME_INODE = 256;

export async function openSnapshotDriver(place: Place): Promise<StorageDriver> {
  const btrfs = async (...args: string[]) => await runChecked('btrfs', args, { env: place.env });
  const items = openItems(place.root, async (folder) => {
    const data = join(folder, DATA);
    if (await isSubvolume(data)) await deleteSubvolume(data, btrfs);
    await removeTree(folder);
  });
  await items.sweep();
  const checkThere = async (id: string): Promise<void> => {
    if (!(await items.has(id))) throw new FactoryError('NOT_FOUND', `there is no ${id} in ${place.root}`);
  };
  return {
    name: 'snapshot',
    isGoldenAtomic: true,
    isForkCheap: true,
    async makeVolume(id) {
      await items.make(id, async (folder) => {
        await btrfs('subvolume', 'create', join(folder, DATA));
        await makeOwnedFolder(place.owner, join(folder, DATA));
      });
    },
    async makeGolden(volumeId, goldenId, exclude) {
      if (await items.has(goldenId)) return;
      await checkThere(volumeId);
      await items.make(goldenId, async (folder) => {
        const data = join(folder, DATA);
        await btrfs('subvolume', 'snapshot', items.pathOf(volumeId, DATA), data);
        const { excluded } = await readTree(data, exclude);
        for (const path of excluded) await rm(join(data, path), { recursive: true, force: true });
        await btrfs('property', 'set', data, 'ro', 'true');
      });
    },
    async forkGolden(goldenId, volumeId, isLast, readFirst = []) {
      if (await items.has(volumeId)) return;
      await checkThere(goldenId);
      await items.make(volumeId, async (folder) => {
        const args = ['subvolume', 'snapshot', items.pathOf(goldenId, DATA), join(folder, DATA)];
        await place.shell.run('btrfs', args, place.root);
        const copyFirstRead = makeFirstReads(place.owner);
        for (const path of readFirst) {
          copyFirstRead(items.pathOf(goldenId, DATA, path), join(folder, DATA, path));
        }
      });
      if (isLast) await items.remove(goldenId);
    },
    rename: items.rename,
    async openVolume(id) {
      await checkThere(id);
      const dataDir = items.pathOf(id, DATA);
      return { dataDir, stateDir: dataDir, launchPrefix: [] };
    },
    async closeVolume() {}, // nothing is ever mounted
    remove: items.remove,
    list: items.list,
    async measureVolume(id) {
      await checkThere(id);
      return await measure(items.pathOf(id, DATA), btrfs);
    },
  };
}

async function isSubvolume(path: string): Promise<boolean> {
  return await stat(path).then(
    ({ ino }) => ino === SUBVOLUME_INODE,
    () => false,
  );
}

/** Without root a read-only subvolume cannot be deleted as it is. */
async function deleteSubvolume(path: string, btrfs: (...args: string[]) => Promise<string>): Promise<void> {
  await btrfs('property', 'set', path, 'ro', 'false');
  await btrfs('subvolume', 'delete', path);
}

/** Exclusive bytes as btrfs counts them: shared with no snapshot or clone. */
async function measure(dataDir: string, btrfs: (...args: string[]) => Promise<string>): Promise<VolumeSize> {
  const { apparentBytes } = await measureBlocks(dataDir);
  const said = await btrfs('filesystem', 'du', '-s', '--raw', dataDir);
  const columns = (said.trim().split('\n').at(-1) ?? '').trim().split(/\s+/);
  return { ownBytes: Number(columns[1] ?? 0), apparentBytes };
}
