// Which layers each item of the overlay driver is made of, and which goldens are still needed below others.
// Read once and kept in memory: nobody else writes in the folder while the driver is open.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { explainFailure } from './failures.ts';
import type { Items } from './items.ts';
import { exists } from './remove-tree.ts';

/** The tree of an item that has no layers below it, or the mount point of one that has. */
export const DATA = 'data';
/** What an item adds to the layers below it. */
export const UPPER = 'upper';
export const WORK = 'work';
const LAYERS = 'layers.json';
/** Present when nobody asks for the golden any more, but others still need its layer. */
const RETIRED = 'retired';

/** Paths of layers relative to the root, topmost first; none for a plain tree. */
export type Layers = readonly string[];

export interface LayeredItems {
  /** Retired ones are not there for anybody. */
  list(): readonly string[];
  has(id: string): boolean;
  get(id: string): Layers;
  isNeeded(id: string): boolean;
  /** `fill` makes the content of an empty folder and returns the layers below it. */
  make(id: string, fill: (folder: string) => Promise<Layers>): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** At once, or when nobody needs its layer any more. */
  remove(id: string): Promise<void>;
}

/** The item's own tree as a layer, above those it is made of. */
export function stackLayers(id: string, layers: Layers): Layers {
  return [`${id}/${layers.length === 0 ? DATA : UPPER}`, ...layers];
}

export async function openLayeredItems(items: Items): Promise<LayeredItems> {
  const stacks = new Map<string, Layers>();
  const retired = new Set<string>();
  for (const id of await items.list()) {
    stacks.set(id, await readLayers(items.pathOf(id, LAYERS)));
    if (await exists(items.pathOf(id, RETIRED))) retired.add(id);
  }
  const has = (id: string): boolean => stacks.has(id) && !retired.has(id);
  const isNeeded = (id: string): boolean => {
    const prefix = `${id}/`;
    for (const [other, layers] of stacks) {
      if (!retired.has(other) && layers.some((layer) => layer.startsWith(prefix))) return true;
    }
    return false;
  };
  const forget = async (id: string): Promise<void> => {
    stacks.delete(id);
    retired.delete(id);
    await items.remove(id);
  };
  const removeUnneeded = async (): Promise<void> => {
    for (const id of [...retired]) if (!isNeeded(id)) await forget(id);
  };
  await removeUnneeded();
  return {
    list: () => [...stacks.keys()].filter(has),
    has,
    get(id) {
      const layers = has(id) ? stacks.get(id) : undefined;
      if (layers === undefined) throw new FactoryError('NOT_FOUND', `there is no volume or golden ${id}`);
      return layers;
    },
    isNeeded,
    async make(id, fill) {
      let layers: Layers = [];
      await items.make(id, async (folder) => {
        layers = await fill(folder);
        await writeFile(join(folder, LAYERS), JSON.stringify(layers));
      });
      stacks.set(id, layers);
    },
    async rename(from, to) {
      await items.rename(from, to);
      stacks.set(to, stacks.get(from) ?? []);
      stacks.delete(from);
    },
    async remove(id) {
      if (isNeeded(id)) {
        await writeFile(items.pathOf(id, RETIRED), '');
        retired.add(id);
      } else await forget(id);
      await removeUnneeded();
    },
  };
}

async function readLayers(path: string): Promise<Layers> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Layers;
  } catch (error) {
    throw explainFailure('reading the layers of a volume', path, error);
  }
}
