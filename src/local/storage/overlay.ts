// The driver of overlayfs over a file system with reflinks: a fork is a mount, whatever the size of the golden.
// The first write to a file copies it up, which here shares its blocks. Items are stacks of layers.
import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Exclude, StorageDriver, VolumeSize } from './driver.ts';
import { measureTree } from './extents.ts';
import { exists, type Items, openItems, removeTree } from './items.ts';
import { listMountsBelow, unmount } from './mounts.ts';
import { flattenLayers, listView } from './overlay-flatten.ts';
import { copyUpper } from './overlay-golden.ts';
import * as layering from './overlay-layers.ts';
import { DATA, type Layers, UPPER } from './overlay-layers.ts';
import type { OverlayMounts } from './overlay-mounts.ts';
import { makeOwnedFolder } from './owner.ts';
import type { Place } from './place.ts';
import { cloneFileToKeep } from './reflink.ts';
import { copyTree } from './tree.ts';
import { makeTurns } from './turns.ts';

/** Every lookup asks layer after layer, and the kernel takes one page of options. */
const MAX_LAYERS = 32;

export async function openOverlayDriver(place: Place, mounts: OverlayMounts): Promise<StorageDriver> {
  const items = openItems(place.root, async (folder) => {
    for (const path of await listMountsBelow(folder)) await unmount(path, place.env);
    await removeTree(folder);
  });
  await items.sweep();
  await layering.removeUnneeded(items);
  const inTurn = makeTurns();
  return {
    name: 'overlay',
    isGoldenAtomic: false,
    isForkCheap: true,
    async makeVolume(id) {
      await items.make(id, async (folder) => {
        await makeOwnedFolder(place.owner, join(folder, DATA));
        await layering.writeLayers(folder, []);
      });
    },
    async makeGolden(volumeId, goldenId, exclude) {
      if (await items.has(goldenId)) return;
      const layers = await layering.getLayers(items, volumeId);
      await items.make(goldenId, async (folder) => {
        await fillGolden(place, mounts, items.pathOf(volumeId), folder, layers, exclude);
      });
    },
    async forkGolden(goldenId, volumeId, isLast) {
      if (await items.has(volumeId)) return;
      await inTurn(['layers'], async () => {
        const layers = await layering.getLayers(items, goldenId);
        const isNeeded = (await layering.findNeededIds(items)).has(goldenId);
        if (isLast && !isNeeded) return await items.rename(goldenId, volumeId);
        await makeFork(place, items, goldenId, volumeId, layers);
        if (isLast) await layering.retire(items, goldenId);
      });
    },
    async openVolume(id) {
      const layers = await layering.getLayers(items, id);
      const dataDir = items.pathOf(id, DATA);
      if (layers.length === 0) return { dataDir, stateDir: dataDir, launchPrefix: [] };
      if (!(await exists(dataDir))) await makeOwnedFolder(place.owner, dataDir);
      return await mounts.open(id, layers);
    },
    async closeVolume(id) {
      if (await items.has(id)) await mounts.close(id);
    },
    async remove(id) {
      if (!(await items.has(id))) return;
      await mounts.close(id);
      await inTurn(['layers'], async () => {
        if ((await layering.findNeededIds(items)).has(id)) await layering.retire(items, id);
        else await items.remove(id);
        await layering.removeUnneeded(items);
      });
    },
    measureVolume: async (id) => await measure(place, mounts, items, id),
    async list() {
      const ids = await items.list();
      const retired = await Promise.all(ids.map(async (id) => await layering.isRetired(items, id)));
      return ids.filter((_, index) => !retired[index]);
    },
  };
}

/** A golden has the layers of its volume and, as its own layer, a copy of what the volume changed. */
async function fillGolden(
  place: Place,
  mounts: OverlayMounts,
  volume: string,
  folder: string,
  layers: Layers,
  exclude: Exclude,
): Promise<void> {
  const { owner, env } = place;
  const own = join(folder, layers.length === 0 ? DATA : UPPER);
  if (layers.length === 0) {
    const copyFile = async (from: string, to: string) => await cloneFileToKeep(from, to, env);
    await copyTree(join(volume, DATA), own, { owner, exclude, isLive: true, copyFile });
  } else {
    await makeOwnedFolder(owner, own);
    await copyUpper(place, join(volume, UPPER), own, layers, exclude);
  }
  if (layers.length < MAX_LAYERS) return await layering.writeLayers(folder, layers);
  await flattenLayers(place, mounts.kind, [`${basename(folder)}/${UPPER}`, ...layers], join(folder, DATA));
  await removeTree(own);
  await layering.writeLayers(folder, []);
}

async function makeFork(
  place: Place,
  items: Items,
  goldenId: string,
  volumeId: string,
  layers: Layers,
): Promise<void> {
  const stack = layering.stackLayers(goldenId, layers);
  const { mode } = await lstat(join(place.root, stack[0] ?? ''));
  await items.make(volumeId, async (folder) => {
    await makeOwnedFolder(place.owner, join(folder, UPPER), mode & 0o7777);
    await makeOwnedFolder(place.owner, join(folder, DATA));
    await layering.writeLayers(folder, stack);
  });
}

/** Own bytes are those of the volume's own layer that it shares with no other file. */
async function measure(place: Place, mounts: OverlayMounts, items: Items, id: string): Promise<VolumeSize> {
  const layers = await layering.getLayers(items, id);
  const own = await measureTree(items.pathOf(id, layers.length === 0 ? DATA : UPPER), place.env);
  if (layers.length === 0) return own;
  const stack = layering.stackLayers(id, layers);
  const entries = await listView(place, mounts.kind, stack, items.pathOf(id, UPPER));
  const files = entries.filter((entry) => entry.type === 'f');
  return {
    ownBytes: own.ownBytes,
    apparentBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}
