// The media types that are written, and the older Docker ones that are read. Data only.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/media-types.md

export const OCI = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

export const DOCKER = {
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** What a registry may answer for a tag. */
export const MANIFEST_TYPES: readonly string[] = [OCI.index, OCI.manifest, DOCKER.list, DOCKER.manifest];

export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI.index || mediaType === DOCKER.list;
}

/** The OCI name of a Docker layer type: the bytes are the same. */
export function getOciLayerType(mediaType: string): string {
  return mediaType === DOCKER.layerGzip ? OCI.layerGzip : mediaType;
}

/** Names the image that an image was built on; a registry that has it can share its layers. */
export const BASE_NAME_ANNOTATION = 'org.opencontainers.image.base.name';
export const BASE_DIGEST_ANNOTATION = 'org.opencontainers.image.base.digest';
