// Removes from a layout's blobs what nothing in it refers to any more. Called while the index is locked.
import { sweepBlobs } from './blob-folder.ts';
import { readBlob } from './digest.ts';
import type { Descriptor } from './image.ts';
import { type BlobSource, type ImageIndex, parseDocument } from './open-image.ts';

interface AnyDocument {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** In a folder that is not ours alone only what killed writers left is removed. */
export async function sweepLayout(
  blobFolder: string,
  source: BlobSource,
  index: ImageIndex,
  removesUnusedBlobs: boolean,
): Promise<void> {
  const needed = await collectNeeded(source, index.manifests);
  if (needed === undefined) return; // what a damaged image needs is not known, so nothing is removed
  await sweepBlobs(blobFolder, (digest) => !removesUnusedBlobs || needed.has(digest));
}

/** Every digest that is reachable; undefined where a manifest on the way is damaged. */
export async function collectNeeded(
  source: BlobSource,
  manifests: readonly Descriptor[],
): Promise<ReadonlySet<string> | undefined> {
  const needed = new Set<string>();
  try {
    for (const one of manifests) await collectDigests(source, one, needed);
    return needed;
  } catch {
    return undefined;
  }
}

async function collectDigests(
  source: BlobSource,
  descriptor: Descriptor,
  needed: Set<string>,
): Promise<void> {
  needed.add(descriptor.digest);
  if (!/manifest|index/.test(descriptor.mediaType)) return;
  const document = parseDocument(await readBlob(source(descriptor)), descriptor) as AnyDocument;
  const { config, layers = [], manifests = [] } = document;
  for (const one of [...(config ? [config] : []), ...layers, ...manifests]) {
    await collectDigests(source, one, needed);
  }
}
