// The driver of overlayfs over a file system with reflinks: a fork is a mount, whatever the size of the golden.
// The first write to a file copies it up, which here shares its blocks. Items are stacks of layers.
import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Exclude, StorageDriver } from './driver.ts';
import { openItems } from './items.ts';
import { listMountsBelow, unmount } from './mounts.ts';
import { copyFirstReads } from './overlay-first-reads.ts';
import { flattenLayers } from './overlay-flatten.ts';
import { copyUpper } from './overlay-golden.ts';
import { DATA, type Layers, openLayeredItems, stackLayers, UPPER } from './overlay-layers.ts';
import type { MountKind, OverlayMounts } from './overlay-mounts.ts';
import { makeOverlaySizes } from './overlay-sizes.ts';
import { makeOwnedFolder } from './owner.ts';
import type { Place } from './place.ts';
import { cloneFileToKeep } from './reflink.ts';
import { exists, removeTree } from './remove-tree.ts';
import { copyTree } from './tree.ts';
import { makeTurns } from './turns.ts';

/** Every lookup asks layer after layer, and the kernel takes one page of options. */
const MAX_LAYERS = 32;

/** Goldens are volumes that nobody opens, so the last fork of one is a rename where no other stands on it. */
export async function openOverlayDriver(place: Place, mounts: OverlayMounts): Promise<StorageDriver> {
  const folders = openItems(place.root, async (folder) => {
    for (const path of await listMountsBelow(folder)) await unmount(path, place.env);
    await removeTree(folder);
  });
  await folders.sweep();
  const items = await openLayeredItems(folders);
  const makeTurn = makeTurns();
  const measure = makeOverlaySizes(place, mounts.kind);
  const inTurn = async (work: () => Promise<void>) => await makeTurn(['layers'], work);
  return {
    name: 'overlay',
    isGoldenAtomic: false,
    isForkCheap: true,
    async makeVolume(id) {
      if (items.has(id)) return;
      await items.make(id, async (folder) => {
        await makeOwnedFolder(place.owner, join(folder, DATA));
        return [];
      });
    },
    async makeGolden(volumeId, goldenId, exclude) {
      if (items.has(goldenId)) return;
      const layers = items.get(volumeId);
      await items.make(goldenId, async (folder) => {
        const made = await fillGolden(place, folders.pathOf(volumeId), folder, layers, exclude);
        return made.length <= MAX_LAYERS ? made : await flattenItem(place, mounts.kind, folder, made);
      });
    },
    async forkGolden(goldenId, volumeId, isLast, readFirst = []) {
      if (items.has(volumeId)) return;
      await inTurn(async () => {
        const stack = stackLayers(goldenId, items.get(goldenId));
        if (isLast && !items.isNeeded(goldenId)) return await items.rename(goldenId, volumeId);
        await items.make(volumeId, async (folder) => await fillFork(place, folder, stack, readFirst));
        if (isLast) await items.remove(goldenId);
      });
    },
    async rename(id, newId) {
      await inTurn(async () => await items.rename(id, newId));
    },
    async openVolume(id, isDurable = true) {
      const layers = items.get(id);
      const dataDir = folders.pathOf(id, DATA);
      if (layers.length === 0) return { dataDir, stateDir: dataDir, launchPrefix: [] };
      if (!(await exists(dataDir))) await makeOwnedFolder(place.owner, dataDir);
      return await mounts.open(id, layers, isDurable);
    },
    async closeVolume(id) {
      if (items.has(id)) await mounts.close(id);
    },
    async remove(id) {
      if (!items.has(id)) return;
      await mounts.close(id);
      await inTurn(async () => await items.remove(id));
    },
    measureVolume: async (id) => await measure(id, items.get(id)),
    list: async () => items.list(),
  };
}

/** A golden stands on the layers of its volume and has, as its own, a copy of what the volume changed. */
async function fillGolden(
  place: Place,
  volume: string,
  folder: string,
  layers: Layers,
  exclude: Exclude,
): Promise<Layers> {
  const { owner, env } = place;
  if (layers.length === 0) {
    const copyFile = async (from: string, to: string) => await cloneFileToKeep(from, to, env);
    const options = { owner, exclude, isLive: true, copyFile };
    await copyTree(join(volume, DATA), join(folder, DATA), options);
  } else {
    await makeOwnedFolder(owner, join(folder, UPPER));
    await copyUpper(place, join(volume, UPPER), join(folder, UPPER), layers, exclude);
  }
  return layers;
}

/** Turns an item that is being made into a plain tree. */
async function flattenItem(place: Place, kind: MountKind, folder: string, layers: Layers): Promise<Layers> {
  await flattenLayers(place, kind, stackLayers(basename(folder), layers), join(folder, DATA));
  await removeTree(join(folder, UPPER));
  return [];
}

async function fillFork(
  place: Place,
  folder: string,
  stack: Layers,
  readFirst: readonly string[],
): Promise<Layers> {
  const { mode } = await lstat(join(place.root, stack[0] ?? ''));
  await makeOwnedFolder(place.owner, join(folder, UPPER), mode & 0o7777);
  await copyFirstReads(place, stack, join(folder, UPPER), readFirst);
  await makeOwnedFolder(place.owner, join(folder, DATA));
  return stack;
}
