// A layer: a tar of files, compressed, with the digests of both forms made in one pass.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md#layer-diffid
import { createHash } from 'node:crypto';
import { type BlobFolder, getStoredBlob, writeNewBlob } from './blob-folder.ts';
import { collectBytes, makeBlob, tapHash } from './digest.ts';
import { gzipLarge, gzipSmall } from './gzip.ts';
import type { Blob } from './image.ts';
import { OCI } from './media-types.ts';
import { type TarEntry, writeTar } from './tar.ts';

export interface Layer {
  readonly blob: Blob;
  /** Digest of the uncompressed tar. */
  readonly diffId: string;
  /** One line for the image's history. */
  readonly createdBy: string;
}

/** For up to a few megabytes: the layer stays in memory. */
export async function makeLayer(entries: readonly TarEntry[], createdBy: string): Promise<Layer> {
  const tar = await collectBytes(writeTar(entries));
  const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
  return { blob: makeBlob(OCI.layerGzip, gzipSmall(tar)), diffId, createdBy };
}

/** For any size: the compressed layer goes to a file of `folder` named by its digest. */
export async function writeLargeLayer(
  entries: readonly TarEntry[],
  createdBy: string,
  folder: BlobFolder,
): Promise<Layer> {
  const hash = createHash('sha256');
  const stored = await writeNewBlob(folder, gzipLarge(tapHash(writeTar(entries), hash)));
  const blob = getStoredBlob(folder, { mediaType: OCI.layerGzip, ...stored });
  return { blob, diffId: `sha256:${hash.digest('hex')}`, createdBy };
}
