// Sizes of overlay volumes, without mounting anything: what the layers below show never changes, so it is listed once.
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeSize } from './driver.ts';
import { measureTree } from './extents.ts';
import { listView } from './overlay-flatten.ts';
import { type Layers, stackLayers, UPPER } from './overlay-layers.ts';
import type { MountKind } from './overlay-mounts.ts';
import type { Place } from './place.ts';
import { forEachOf, readTree } from './tree.ts';

/** Bytes of every file, by its path. */
type View = ReadonlyMap<string, number>;

/** Goldens are replaced all the time; the last few are those that anybody still asks for. */
const MOST_VIEWS = 8;

/** Own bytes are those of the volume's own layer that it shares with no other file. */
export function makeOverlaySizes(
  place: Place,
  kind: MountKind,
): (id: string, layers: Layers) => Promise<VolumeSize> {
  const views = new Map<string, Promise<View>>();
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
    const size = await measureTree(own, place.env);
    if (layers.length === 0) return size;
    const { files, devices } = await readTree(own);
    const hidden = new Set([...files, ...devices]);
    let apparentBytes = size.apparentBytes;
    for (const [path, sizeBytes] of await getView(layers, join(place.root, id, UPPER))) {
      if (!isHidden(path, hidden)) apparentBytes += sizeBytes;
    }
    return { ...size, apparentBytes };
  };
}

/** The lowest layer is a plain tree, and the kernel makes no overlay of one layer. */
async function readView(place: Place, kind: MountKind, layers: Layers, mountPoint: string): Promise<View> {
  const [only = ''] = layers;
  if (layers.length === 1) return await readSizes(join(place.root, only));
  const entries = await listView(place, kind, layers, mountPoint);
  return new Map(entries.filter(({ type }) => type === 'f').map(({ path, sizeBytes }) => [path, sizeBytes]));
}

async function readSizes(folder: string): Promise<View> {
  const sizes = new Map<string, number>();
  await forEachOf((await readTree(folder)).files, async (path) => {
    sizes.set(path, (await lstat(join(folder, path))).size);
  });
  return sizes;
}

/** By the same file in the layer above, or by a whiteout of it or of a folder that it is in. */
function isHidden(path: string, hidden: ReadonlySet<string>): boolean {
  return path !== '.' && (hidden.has(path) || isHidden(dirname(path), hidden));
}
