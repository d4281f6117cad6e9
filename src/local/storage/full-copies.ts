// The driver for volumes that are directory trees of their own; reflink.ts and copy.ts say how a file is copied.
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { Exclude, OpenVolume, StorageDriver, VolumeSize } from './driver.ts';
import { makeFirstReads } from './first-reads.ts';
import { openItems } from './items.ts';
import { makeOwnedFolder } from './owner.ts';
import type { Place } from './place.ts';
import { copyTree } from './tree.ts';

const DATA = 'data';

export interface FileCopies {
  readonly name: 'reflink' | 'copy';
  /** A fork copies no bytes, so that goldens are worth keeping. */
  readonly isForkCheap: boolean;
  copyFile(from: string, to: string): Promise<void>;
  /** Into a golden, from which forks are made again and again. */
  copyFileToKeep(from: string, to: string): Promise<void>;
  measure(dataDir: string): Promise<VolumeSize>;
}

/** Goldens are volumes that nobody opens, so the last fork of one is a rename. */
export async function openFullCopies(place: Place, copies: FileCopies): Promise<StorageDriver> {
  const { owner } = place;
  const items = openItems(place.root);
  await items.sweep();
  const open = (id: string): OpenVolume => {
    const dataDir = items.pathOf(id, DATA);
    return { dataDir, stateDir: dataDir, launchPrefix: [] };
  };
  const checkThere = async (id: string): Promise<void> => {
    if (!(await items.has(id))) throw new FactoryError('NOT_FOUND', `there is no ${id} in ${place.root}`);
  };
  return {
    name: copies.name,
    isGoldenAtomic: false,
    isForkCheap: copies.isForkCheap,
    async makeVolume(id) {
      await items.make(id, async (folder) => await makeOwnedFolder(owner, `${folder}/${DATA}`));
    },
    async makeGolden(volumeId, goldenId, exclude: Exclude) {
      if (await items.has(goldenId)) return;
      await checkThere(volumeId);
      await items.make(goldenId, async (folder) => {
        const options = { owner, exclude, isLive: true, copyFile: copies.copyFileToKeep };
        await copyTree(items.pathOf(volumeId, DATA), `${folder}/${DATA}`, options);
      });
    },
    async forkGolden(goldenId, volumeId, isLast, readFirst = []) {
      if (await items.has(volumeId)) return;
      await checkThere(goldenId);
      if (isLast) return await items.rename(goldenId, volumeId);
      await items.make(volumeId, async (folder) => {
        const golden = items.pathOf(goldenId, DATA);
        const first = new Set(readFirst.map((path) => join(golden, path)));
        const copyFirstRead = makeFirstReads(owner);
        const copyFile = async (from: string, to: string): Promise<void> => {
          if (!first.has(from) || !copyFirstRead(from, to)) await copies.copyFile(from, to);
        };
        await copyTree(golden, join(folder, DATA), { owner, copyFile });
      });
    },
    rename: items.rename,
    async openVolume(id) {
      await checkThere(id);
      return open(id);
    },
    async closeVolume() {}, // nothing is ever mounted
    remove: items.remove,
    list: items.list,
    async measureVolume(id) {
      await checkThere(id);
      return await copies.measure(items.pathOf(id, DATA));
    },
  };
}
