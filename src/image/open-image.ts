// Opens an image by its descriptor: index to manifest to config, each checked. The same for every store.
import { FactoryError } from '../errors.ts';
import { readBlob } from './digest.ts';
import type { Blob, Descriptor, Image, ImageConfig, Manifest, Platform } from './image.ts';
import { getOciLayerType, isIndexType } from './media-types.ts';
import { pickManifest } from './platform.ts';

/** More than any manifest or config of a runnable image: registries and engines stop at 4 MiB. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** Gives the blob behind a descriptor without reading it. */
export type BlobSource = (descriptor: Descriptor) => Blob;

export interface ImageIndex {
  readonly manifests: readonly Descriptor[];
}

/** Layers stay unread. A manifest that is not part of an index is taken whatever its platform. */
export async function openImage(
  source: BlobSource,
  descriptor: Descriptor,
  platform?: Platform,
): Promise<Image> {
  const bytes = await readDocument(source, descriptor);
  const document = parseDocument(bytes, descriptor) as ImageIndex | Manifest;
  if (isIndexType(descriptor.mediaType) || 'manifests' in document) {
    return await openImage(source, pickManifest((document as ImageIndex).manifests, platform));
  }
  const manifest = normalizeManifest(document as Manifest);
  const configBytes = await readDocument(source, manifest.config);
  const config = parseDocument(configBytes, manifest.config) as ImageConfig;
  const layers = manifest.layers.map(source);
  return { digest: descriptor.digest, manifest, manifestBytes: bytes, config, configBytes, layers };
}

async function readDocument(source: BlobSource, descriptor: Descriptor): Promise<Buffer> {
  if (descriptor.size > MAX_DOCUMENT_BYTES) {
    throw new FactoryError('IMAGE_DAMAGED', `${descriptor.digest} says it has ${descriptor.size} bytes`);
  }
  return await readBlob(source(descriptor));
}

export function parseDocument(bytes: Uint8Array, descriptor: Pick<Descriptor, 'digest'>): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (value !== null && typeof value === 'object') return value;
  } catch {
    // said below
  }
  throw new FactoryError('IMAGE_DAMAGED', `${descriptor.digest} is not a JSON document`);
}

/** Docker's layer types become OCI's, so that what is built on it is an OCI image throughout. */
function normalizeManifest(manifest: Manifest): Manifest {
  if (manifest.config === undefined || !Array.isArray(manifest.layers)) {
    throw new FactoryError('IMAGE_DAMAGED', 'the manifest names no config or no layers');
  }
  const layers = manifest.layers.map((one) => ({ ...one, mediaType: getOciLayerType(one.mediaType) }));
  return { ...manifest, layers };
}
