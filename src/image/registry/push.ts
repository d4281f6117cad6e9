// Writes to a registry: what it has is not sent again, what it has in another repository is mounted from there.
import type { Blob } from '../image.ts';
import type { RegistrySession } from './session.ts';
import { uploadBlob } from './upload.ts';

export interface PushOptions {
  /** Sends blobs in pieces of this size, for proxies that limit a request; not every registry takes pieces. */
  readonly chunkBytes?: number | undefined;
}

/** Returns the bytes sent. `mountFrom` is another repository of the same registry that has the blob. */
export async function pushBlob(
  session: RegistrySession,
  blob: Blob,
  mountFrom: string | undefined,
  options: PushOptions,
): Promise<number> {
  const { digest, size } = blob.descriptor;
  const found = await session.call({ method: 'HEAD', target: `blobs/${digest}`, accepts: [200, 404] });
  found.resume();
  if (found.statusCode === 200) return 0;
  return (await uploadBlob(session, { blob, mountFrom, chunkBytes: options.chunkBytes })) ? size : 0;
}

/** `tagOrDigest`: a digest where only an index refers to it. Returns the bytes sent. */
export async function pushManifest(
  session: RegistrySession,
  tagOrDigest: string,
  manifest: Blob,
): Promise<number> {
  const { mediaType, digest, size } = manifest.descriptor;
  const target = `manifests/${tagOrDigest}`;
  const found = await session.call({
    method: 'HEAD',
    target,
    headers: { accept: mediaType },
    accepts: [200, 404],
  });
  found.resume();
  if (found.headers['docker-content-digest'] === digest) return 0;
  const body = { sizeBytes: size, open: () => manifest.open() };
  const headers = { 'content-type': mediaType };
  const response = await session.call({ method: 'PUT', target, headers, body, accepts: [200, 201] });
  response.resume();
  return size;
}
