// Sizes of overlay volumes, without mounting anything: what the layers below show never changes, so it is listed once.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeSize } from './driver.ts';
import { makeMeasureTree } from './extents.ts';
import { listView } from './overlay-flatten.ts';
import { type Layers, stackLayers, UPPER } from './overlay-layers.ts';
import type { MountKind } from './overlay-mounts.ts';
import type { Place } from './place.ts';
import { forEachOf, readTree } from './tree.ts';

interface View {
  /** Bytes of every file, by its path. */
  readonly files: ReadonlyMap<string, number>;
  readonly allBytes: number;
}

/** Goldens are replaced all the time; the last few are those that anybody still asks for. */
const MOST_VIEWS = 8;

/** Own bytes are those of the volume's own layer that it shares with no other file. */
export function makeOverlaySizes(
  place: Place,
  kind: MountKind,
): (id: string, layers: Layers) => Promise<VolumeSize> {
  const views = new Map<string, Promise<View>>();
  const measureTree = makeMeasureTree(place.env);
  const getView = async (layers: Layers, mountPoint: string): Promise<View> => {
    const key = layers.join(':');
    const view = views.get(key) ?? readView(place, kind, layers, mountPoint);
    views.delete(key);
    views.set(key, view);
    for (const old of [...views.keys()].slice(0, -MOST_VIEWS)) views.delete(old);
    return await view.catch((error: unknown) => {
      views.delete(key);
      throw error;
    });
  };
  return async (id, layers) => {
    const own = join(place.root, stackLayers(id, layers)[0] ?? '');
    const size = await measureTree(own);
    if (layers.length === 0) return size;
    const { files, devices } = await readTree(own);
    const view = await getView(layers, join(place.root, id, UPPER));
    const hidden = [
      ...files.map((path) => view.files.get(path) ?? 0),
      ...devices.map((path) => countHidden(view, path)),
    ];
    return { ...size, apparentBytes: size.apparentBytes + view.allBytes - sum(hidden) };
  };
}

/** By a whiteout: of a file, or of all that was in a folder. */
function countHidden({ files }: View, path: string): number {
  const bytes = files.get(path);
  if (bytes !== undefined) return bytes;
  return sum([...files].flatMap(([other, its]) => (other.startsWith(`${path}/`) ? [its] : [])));
}

function makeView(files: ReadonlyMap<string, number>): View {
  return { files, allBytes: sum([...files.values()]) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

/** The lowest layer is a plain tree, and the kernel makes no overlay of one layer. */
async function readView(place: Place, kind: MountKind, layers: Layers, mountPoint: string): Promise<View> {
  const [only = ''] = layers;
  if (layers.length === 1) return makeView(await readSizes(join(place.root, only)));
  const entries = await listView(place, kind, layers, mountPoint);
  const files = entries.filter(({ type }) => type === 'f');
  return makeView(new Map(files.map(({ path, sizeBytes }) => [path, sizeBytes])));
}

async function readSizes(folder: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  await forEachOf((await readTree(folder)).files, async (path) => {
    sizes.set(path, (await lstat(join(folder, path))).size);
  });
  return sizes;
}
