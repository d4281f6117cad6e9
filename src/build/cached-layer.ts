// Large layers that rarely change are kept in the cache, found by what they are made of.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findStoredBlob, writeBlob } from '../image/blob-folder.ts';
import type { Descriptor } from '../image/image.ts';
import { type Layer, makeLayer, writeLargeLayer } from '../image/layer.ts';
import type { TarEntry } from '../image/tar.ts';

export interface CachedLayerOptions {
  readonly cacheDir: string;
  /** Names what goes in: the same key, the same layer. */
  readonly key: string;
  readonly createdBy: string;
  /** Called where the cache has none. */
  readonly makeEntries: () => Promise<readonly TarEntry[]>;
  /** Compressed as small layers are, with the same bytes on every machine. */
  readonly isSmall?: boolean | undefined;
}

interface CachedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

export async function getCachedLayer(options: CachedLayerOptions): Promise<Layer> {
  const { cacheDir, key, createdBy, makeEntries } = options;
  const blobFolder = join(cacheDir, 'blobs', 'sha256');
  const record = join(cacheDir, `${key}.json`);
  const cached = await findCachedLayer(record);
  const blob = cached && (await findStoredBlob(blobFolder, cached.descriptor));
  if (cached && blob) return { blob, diffId: cached.diffId, createdBy };
  const entries = await makeEntries();
  const layer = options.isSmall
    ? await writeSmallLayer(entries, createdBy, blobFolder)
    : await writeLargeLayer(entries, createdBy, blobFolder);
  await writeCachedLayer(record, { descriptor: layer.blob.descriptor, diffId: layer.diffId });
  return layer;
}

async function writeSmallLayer(entries: readonly TarEntry[], createdBy: string, folder: string) {
  const layer = await makeLayer(entries, createdBy);
  await writeBlob(folder, layer.blob);
  return layer;
}

/** A record that is missing or torn means that the layer is made again. */
async function findCachedLayer(record: string): Promise<CachedLayer | undefined> {
  try {
    return JSON.parse(await readFile(record, 'utf8')) as CachedLayer;
  } catch {
    return undefined;
  }
}

async function writeCachedLayer(record: string, layer: CachedLayer): Promise<void> {
  await mkdir(join(record, '..'), { recursive: true });
  const temporary = `${record}.${process.pid}.temporary`;
  await writeFile(temporary, JSON.stringify(layer));
  await rename(temporary, record);
}
