// Large layers that rarely change are kept in the cache, found by what they are made of.
import { join } from 'node:path';
import { findStoredBlob, writeBlob } from '../image/blob-folder.ts';
import type { Blob, Descriptor } from '../image/image.ts';
import { type Layer, makeLayer, writeLargeLayer } from '../image/layer.ts';
import type { TarEntry } from '../image/tar.ts';
import { findRecord, sweepCache, writeRecord } from './cached-record.ts';

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
  const cached = await findRecord<CachedLayer>(cacheDir, key);
  const blob = cached && (await findStoredBlob(blobFolder, cached.descriptor));
  if (cached && blob) return { blob, diffId: cached.diffId, createdBy };
  const entries = await makeEntries();
  const layer = options.isSmall
    ? await writeSmallLayer(entries, createdBy, blobFolder)
    : await writeLargeLayer(entries, createdBy, blobFolder);
  await writeRecord(cacheDir, key, { descriptor: layer.blob.descriptor, diffId: layer.diffId });
  await sweepCache(cacheDir, blobFolder);
  return layer;
}

async function writeSmallLayer(entries: readonly TarEntry[], createdBy: string, folder: string) {
  const layer = await makeLayer(entries, createdBy);
  await writeBlob(folder, layer.blob);
  const blob = (await findStoredBlob(folder, layer.blob.descriptor)) as Blob;
  return { ...layer, blob };
}
