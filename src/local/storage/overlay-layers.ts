// Which layers each item of the overlay driver is made of, and which goldens are still needed below others.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { explainFailure, getErrno } from './failures.ts';
import type { Items } from './items.ts';

/** The tree of an item that has no layers below it, or the mount point of one that has. */
export const DATA = 'data';
/** What an item adds to the layers below it. */
export const UPPER = 'upper';
export const WORK = 'work';
/** Present when nobody asks for the golden any more, but others still need its layer. */
const RETIRED = 'retired';
const LAYERS = 'layers.json';

/** Paths of layers relative to the root, topmost first; none for a plain tree. */
export type Layers = readonly string[];

export async function writeLayers(folder: string, layers: Layers): Promise<void> {
  await writeFile(join(folder, LAYERS), JSON.stringify(layers));
}

export async function findLayers(items: Items, id: string): Promise<Layers | undefined> {
  const path = items.pathOf(id, LAYERS);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Layers;
  } catch (error) {
    if (getErrno(error) === 'ENOENT') return undefined;
    throw explainFailure('reading the layers of a volume', path, error);
  }
}

export async function getLayers(items: Items, id: string): Promise<Layers> {
  const layers = await findLayers(items, id);
  if (layers === undefined || (await isRetired(items, id))) {
    throw new FactoryError('NOT_FOUND', `there is no volume or golden ${id}`);
  }
  return layers;
}

/** The item's own tree as a layer, above those it is made of. */
export function stackLayers(id: string, layers: Layers): Layers {
  return [`${id}/${layers.length === 0 ? DATA : UPPER}`, ...layers];
}

export async function isRetired(items: Items, id: string): Promise<boolean> {
  return (await findFile(items.pathOf(id, RETIRED))) !== undefined;
}

export async function retire(items: Items, id: string): Promise<void> {
  await writeFile(items.pathOf(id, RETIRED), '');
}

/** Items that others stand on; what retired goldens stand on counts only through those that still use them. */
export async function findNeededIds(items: Items): Promise<Set<string>> {
  const needed = new Set<string>();
  for (const id of await items.list()) {
    if (await isRetired(items, id)) continue;
    for (const layer of (await findLayers(items, id)) ?? []) needed.add(layer.split('/', 1)[0] ?? '');
  }
  return needed;
}

/** Removes the goldens that were kept for others only and are needed no more. */
export async function removeUnneeded(items: Items): Promise<void> {
  const needed = await findNeededIds(items);
  for (const id of await items.list()) {
    if (!needed.has(id) && (await isRetired(items, id))) await items.remove(id);
  }
}

async function findFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (getErrno(error) === 'ENOENT') return undefined;
    throw explainFailure('looking whether a golden is retired', path, error);
  }
}
