// Opens an image by its descriptor: index to manifest to config, each checked. The same for every store.
import { FactoryError } from '../errors.ts';
import { makeBlob, readBlob } from './digest.ts';
import type {
  Blob,
  Descriptor,
  Image,
  ImageConfig,
  Manifest,
  OtherManifest,
  Platform,
  PublishedIndex,
} from './image.ts';
import { getOciLayerType, isIndexType } from './media-types.ts';
import { listPlatforms, pickManifest } from './platform.ts';

/** More than any manifest or config of a runnable image: registries and engines stop at 4 MiB. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** Gives the blob behind a descriptor without reading it. */
export type BlobSource = (descriptor: Descriptor) => Blob;

export interface ImageIndex {
  readonly manifests: readonly Descriptor[];
}

/** Where a store keeps what a reference names: a manifest, or an index of several. */
export interface ImageRoot {
  readonly source: BlobSource;
  readonly descriptor: Descriptor;
}

/** Layers stay unread. A manifest that is not part of an index is taken whatever its platform. */
export async function openImage({ source, descriptor }: ImageRoot, platform?: Platform): Promise<Image> {
  const bytes = await readDocument(source, descriptor);
  const document = parseDocument(bytes, descriptor) as ImageIndex | Manifest;
  if (!isIndex(descriptor, document)) return await openManifest(source, descriptor, document, bytes);
  return await openImage({ source, descriptor: pickManifest(document.manifests, platform) });
}

/** The images of every platform, in the index's order. */
export async function openPlatforms({ source, descriptor }: ImageRoot): Promise<readonly Image[]> {
  const bytes = await readDocument(source, descriptor);
  const document = parseDocument(bytes, descriptor) as ImageIndex | Manifest;
  if (!isIndex(descriptor, document)) return [await openManifest(source, descriptor, document, bytes)];
  const opened = listPlatforms(document.manifests).map((one) => openPlatforms({ source, descriptor: one }));
  return (await Promise.all(opened)).flat();
}

/** Undefined for one image alone, and for an index of indexes. */
export async function openIndex({ source, descriptor }: ImageRoot): Promise<PublishedIndex | undefined> {
  const bytes = await readDocument(source, descriptor);
  const document = parseDocument(bytes, descriptor) as ImageIndex | Manifest;
  if (!isIndex(descriptor, document)) return undefined;
  if (document.manifests.some(({ mediaType }) => isIndexType(mediaType))) return undefined;
  const images = new Set(listPlatforms(document.manifests));
  const others = document.manifests.filter((one) => !images.has(one));
  return {
    blob: makeBlob(descriptor.mediaType, bytes),
    others: await Promise.all(others.map((one) => openOther(source, one))),
  };
}

async function openOther(source: BlobSource, descriptor: Descriptor): Promise<OtherManifest> {
  const bytes = await readDocument(source, descriptor);
  const { config, layers = [] } = parseDocument(bytes, descriptor) as Partial<Manifest>;
  const blobs = [...(config ? [config] : []), ...layers].map(source);
  return { manifest: makeBlob(descriptor.mediaType, bytes), blobs };
}

function isIndex(descriptor: Descriptor, document: ImageIndex | Manifest): document is ImageIndex {
  return isIndexType(descriptor.mediaType) || 'manifests' in document;
}

async function openManifest(
  source: BlobSource,
  descriptor: Descriptor,
  document: Manifest,
  bytes: Uint8Array,
): Promise<Image> {
  const manifest = normalizeManifest(document);
  const configBytes = await readDocument(source, manifest.config);
  const config = parseDocument(configBytes, manifest.config) as ImageConfig;
  const layers = manifest.layers.map(source);
  return { digest: descriptor.digest, manifest, manifestBytes: bytes, config, configBytes, layers };
}

export async function readDocument(source: BlobSource, descriptor: Descriptor): Promise<Buffer> {
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
