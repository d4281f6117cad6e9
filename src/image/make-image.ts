// Puts an image together: a base's layers, more layers on top, and what to run. Bytes depend on the input alone.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md
import { formatCanonicalJson } from './canonical-json.ts';
import { getDigest, makeBlob } from './digest.ts';
import type { Blob, Descriptor, Image, ImageConfig, Manifest, Platform, PublishedIndex } from './image.ts';
import type { Layer } from './layer.ts';
import { OCI } from './media-types.ts';

export type RunConfig = NonNullable<ImageConfig['config']>;

export interface ImageParts {
  /** Its layers come first and its configuration is kept where `run` says nothing. */
  readonly base?: Image | undefined;
  readonly layers: readonly Layer[];
  readonly platform: Platform;
  readonly run: RunConfig;
  /** RFC 3339; the same for every part of the image. */
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

export function makeImage(parts: ImageParts): Image {
  const config = makeConfig(parts);
  const configBytes = Buffer.from(formatCanonicalJson(config));
  const configBlob = makeBlob(OCI.config, configBytes);
  const layers = [...(parts.base?.layers ?? []), ...parts.layers.map((layer) => layer.blob)];
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: configBlob.descriptor,
    layers: layers.map((layer, i) => parts.base?.manifest.layers[i] ?? layer.descriptor),
    annotations: parts.annotations,
  };
  const manifestBytes = Buffer.from(formatCanonicalJson(manifest));
  return { digest: getDigest(manifestBytes), manifest, manifestBytes, config, configBytes, layers };
}

/** What an index or a layout says of the image. */
export function describeImage(image: Image): Descriptor {
  const { os, architecture, variant } = image.config;
  return {
    mediaType: image.manifest.mediaType ?? OCI.manifest,
    digest: image.digest,
    size: image.manifestBytes.length,
    platform: variant === undefined ? { os, architecture } : { os, architecture, variant },
  };
}

/** Config and layers: what must be stored before the manifest is. */
export function listBlobs(image: Image): readonly Blob[] {
  const config: Blob = {
    descriptor: image.manifest.config,
    open: () => makeBlob(OCI.config, image.configBytes).open(),
  };
  return [config, ...image.layers];
}

export function getManifestBlob(image: Image): Blob {
  const blob = makeBlob(image.manifest.mediaType ?? OCI.manifest, image.manifestBytes);
  return { ...blob, descriptor: { ...blob.descriptor, platform: describeImage(image).platform } };
}

/** One descriptor per platform, for an image of several. */
function makeIndexBlob(images: readonly Image[]): Blob {
  const manifests = images.map(describeImage);
  const index = { schemaVersion: 2, mediaType: OCI.index, manifests };
  return makeBlob(OCI.index, Buffer.from(formatCanonicalJson(index)));
}

export interface ImageParcel {
  /** What the manifests refer to. */
  readonly content: readonly Blob[];
  /** The root is not among them. */
  readonly manifests: readonly Blob[];
  /** What a name leads to: the manifest of the only image, or an index. */
  readonly root: Blob;
}

/** All that must be stored for a name, in the order in which it must be. `index`: instead of one that is made. */
export function makeParcel(images: readonly Image[], index?: PublishedIndex): ImageParcel {
  const own = images.map(getManifestBlob);
  const [only, ...more] = own;
  const isAlone = index === undefined && only !== undefined && more.length === 0;
  const others = index?.others ?? [];
  return {
    content: [...images.flatMap(listBlobs), ...others.flatMap(({ blobs }) => blobs)],
    manifests: isAlone ? [] : [...own, ...others.map(({ manifest }) => manifest)],
    root: isAlone ? only : (index?.blob ?? makeIndexBlob(images)),
  };
}

function makeConfig(parts: ImageParts): ImageConfig {
  const { base, created, layers, platform } = parts;
  const history = layers.map((layer) => ({ created, created_by: layer.createdBy }));
  const diffIds = layers.map((layer) => layer.diffId);
  return {
    ...base?.config,
    ...platform,
    created,
    config: { ...base?.config.config, ...parts.run },
    rootfs: { type: 'layers', diff_ids: [...(base?.config.rootfs.diff_ids ?? []), ...diffIds] },
    history: [...(base?.config.history ?? []), ...history],
  };
}
