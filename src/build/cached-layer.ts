// Large layers that rarely change are kept in the cache, found by what they are made of.
import { join } from 'node:path';
import { findStoredBlob } from '../image/blob-folder.ts';
import type { Descriptor } from '../image/image.ts';
import { type Layer, writeLargeLayer } from '../image/layer.ts';
import type { TarEntry } from '../image/tar.ts';
import { findRecord, sweepCache, writeRecord } from './cached-record.ts';

export interface CachedLayerOptions {
  readonly cacheDir: string;
  /** Names what goes in: the same key, the same layer. */
  readonly key: string;
  readonly createdBy: string;
  /** Called where the cache has none. */
  readonly makeEntries: () => Promise<readonly TarEntry[]>;
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
  const layer = await writeLargeLayer(await makeEntries(), createdBy, blobFolder);
  await writeRecord(cacheDir, key, { descriptor: layer.blob.descriptor, diffId: layer.diffId });
  await sweepCache(cacheDir, blobFolder);
  return layer;
}
