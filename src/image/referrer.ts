// Documents that are attached to an image without changing it: manifests whose `subject` is the image's manifest.
// https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage
import { formatCanonicalJson } from './canonical-json.ts';
import { getDigest, makeBlob } from './digest.ts';
import type { Blob, Descriptor, Manifest } from './image.ts';
import { OCI } from './media-types.ts';
import { type BlobSource, parseDocument, readDocument } from './open-image.ts';

export interface Referrer {
  /** Of its manifest; says the `artifactType`. */
  readonly descriptor: Descriptor;
  readonly subject: Descriptor;
  readonly manifestBytes: Uint8Array;
  /** Config and documents. */
  readonly blobs: readonly Blob[];
}

/** Where a store can hold referrers. */
export interface ReferrerStore {
  /** Those of the image with that digest under `reference`. */
  findReferrers(reference: string, digest: string): Promise<readonly Referrer[]>;
  /** Returns the bytes that had to be sent or stored. The image is there already. */
  writeReferrer(reference: string, referrer: Referrer): Promise<number>;
}

/** `mediaType` is both the document's and the referrer's type, as is usual for SBOMs. */
export function makeReferrer(of: Descriptor, mediaType: string, document: Uint8Array): Referrer {
  const config = makeBlob(OCI.empty, Buffer.from('{}'));
  const content = makeBlob(mediaType, document);
  const subject = { mediaType: of.mediaType, digest: of.digest, size: of.size };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    artifactType: mediaType,
    config: config.descriptor,
    layers: [content.descriptor],
    subject,
  };
  const manifestBytes = Buffer.from(formatCanonicalJson(manifest));
  const descriptor = describe(mediaType, manifestBytes);
  return { descriptor, subject, manifestBytes, blobs: [config, content] };
}

/** Undefined for a manifest that refers to nothing. */
export async function openReferrer(
  source: BlobSource,
  descriptor: Descriptor,
): Promise<Referrer | undefined> {
  const manifestBytes = await readDocument(source, descriptor);
  const manifest = parseDocument(manifestBytes, descriptor) as Manifest;
  const { subject, artifactType, config, layers = [] } = manifest;
  if (subject === undefined) return undefined;
  const type = artifactType ?? config.mediaType;
  const blobs = [config, ...layers].map(source);
  return { descriptor: describe(type, manifestBytes), subject, manifestBytes, blobs };
}

export function getReferrerBlob({ descriptor, manifestBytes }: Referrer): Blob {
  return { ...makeBlob(descriptor.mediaType, manifestBytes), descriptor };
}

function describe(artifactType: string, bytes: Uint8Array): Descriptor {
  return { mediaType: OCI.manifest, digest: getDigest(bytes), size: bytes.length, artifactType };
}
