// Writes an image as the one tar that every engine reads: `docker load`, `podman load`, skopeo's both archive kinds.
// Both naming annotations are needed: without containerd's own, Docker's containerd store calls the image `1:latest`.
import { formatCanonicalJson } from './canonical-json.ts';
import { getHex, openChecked } from './digest.ts';
import type { Blob, Descriptor, Image, PublishedIndex } from './image.ts';
import { FULL_NAME_ANNOTATION, getBlobPath, NAME_ANNOTATION } from './layout-files.ts';
import { makeParcel } from './make-image.ts';
import { OCI } from './media-types.ts';
import { getHostPlatform } from './platform.ts';
import { formatReference, formatShortReference, parseReference } from './reference.ts';
import { makeFileEntry, makeFolderEntry, type TarEntry, writeUnsortedTar } from './tar.ts';

export interface ArchiveOptions {
  /** As it was published. */
  readonly index?: PublishedIndex | undefined;
  /** Digests that the reader has already. */
  readonly without?: ReadonlySet<string> | undefined;
}

/** The archive's bytes; not compressed, since skopeo refuses a compressed docker-archive. */
export function writeArchive(
  name: string,
  images: readonly Image[],
  options: ArchiveOptions = {},
): AsyncGenerator<Uint8Array> {
  return writeUnsortedTar(listEntries(name, images, options));
}

function listEntries(
  name: string,
  images: readonly Image[],
  { index, without = new Set() }: ArchiveOptions,
): readonly TarEntry[] {
  const { root, manifests, content } = makeParcel(images, index);
  const blobs = new Map<string, Blob>();
  for (const blob of [root, ...manifests, ...content]) blobs.set(blob.descriptor.digest, blob);
  return [
    makeFileEntry('oci-layout', formatCanonicalJson({ imageLayoutVersion: '1.0.0' })),
    makeFileEntry('index.json', formatIndex(name, root.descriptor)),
    makeFileEntry('manifest.json', formatSavedImages(name, images)),
    makeFolderEntry('blobs'),
    makeFolderEntry('blobs/sha256'),
    ...[...blobs.values()].filter((blob) => !without.has(blob.descriptor.digest)).map(makeBlobEntry),
  ];
}

function formatIndex(name: string, root: Descriptor): string {
  const reference = parseReference(name);
  const annotations = {
    [NAME_ANNOTATION]: reference.tag ?? 'latest',
    [FULL_NAME_ANNOTATION]: formatReference(reference),
  };
  const manifests = [{ ...root, annotations }];
  return formatCanonicalJson({ schemaVersion: 2, mediaType: OCI.index, manifests });
}

/** Docker's own list, which knows one platform: this machine's where the image has it. */
function formatSavedImages(name: string, images: readonly Image[]): string {
  const { architecture } = getHostPlatform();
  const image = images.find((one) => one.config.architecture === architecture) ?? (images[0] as Image);
  const saved = {
    Config: getBlobPath(image.manifest.config.digest),
    RepoTags: [formatShortReference(parseReference(name))],
    Layers: image.manifest.layers.map((layer) => getBlobPath(layer.digest)),
  };
  return formatCanonicalJson([saved]);
}

function makeBlobEntry(blob: Blob): TarEntry {
  return {
    path: `blobs/sha256/${getHex(blob.descriptor.digest)}`,
    type: 'file',
    mode: 0o644,
    sizeBytes: blob.descriptor.size,
    open: () => openChecked(blob),
  };
}
