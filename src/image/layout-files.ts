// Reads an OCI image layout from anything that has named files: a folder, or a tar with the same content.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
import { FactoryError } from '../errors.ts';
import { collectBytes, getHex } from './digest.ts';
import type { Descriptor } from './image.ts';
import { type BlobSource, type ImageIndex, parseDocument } from './open-image.ts';

/** The annotation that holds an image's name in a layout; containerd's holds the complete one. */
export const NAME_ANNOTATION = 'org.opencontainers.image.ref.name';
export const FULL_NAME_ANNOTATION = 'io.containerd.image.name';

export interface LayoutFile {
  readonly sizeBytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/** Undefined when there is no such file; the path is relative, with forward slashes. */
export type FindFile = (path: string) => Promise<LayoutFile | undefined>;

/** Undefined when there is no layout. */
export async function readIndex(findFile: FindFile): Promise<ImageIndex | undefined> {
  const file = await findFile('index.json');
  if (file === undefined) return undefined;
  const index = parseDocument(await collectBytes(file.open()), { digest: 'index.json' }) as ImageIndex;
  if (Array.isArray(index.manifests)) return index;
  throw new FactoryError('IMAGE_DAMAGED', 'index.json lists no manifests');
}

export function getBlobPath(digest: string): string {
  return `blobs/sha256/${getHex(digest)}`;
}

export function makeBlobSource(findFile: FindFile): BlobSource {
  return (descriptor) => ({ descriptor, open: () => openBlob(findFile, descriptor) });
}

async function* openBlob(findFile: FindFile, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  const file = await findFile(getBlobPath(descriptor.digest));
  if (file === undefined) throw new FactoryError('IMAGE_DAMAGED', `${descriptor.digest} is missing`);
  yield* file.open();
}

/** The image of that name or digest. An empty name means the only image, or the one called `latest`. */
export function findDescriptor(index: ImageIndex, reference: string): Descriptor | undefined {
  const wanted = reference.slice(reference.indexOf('@') + 1);
  const byDigest = index.manifests.find((one) => one.digest === wanted);
  if (byDigest !== undefined || reference.includes('@')) return byDigest;
  const named = index.manifests.filter((one) => getNames(one).includes(reference || 'latest'));
  if (named.length > 0) return named.at(-1);
  const images = index.manifests.filter(({ artifactType }) => artifactType === undefined);
  return reference === '' && images.length === 1 ? images[0] : undefined;
}

export function getNames(descriptor: Descriptor): readonly string[] {
  const { [NAME_ANNOTATION]: name, [FULL_NAME_ANNOTATION]: full } = descriptor.annotations ?? {};
  return [name, full].filter((one) => one !== undefined);
}
