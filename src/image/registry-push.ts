// Writes to a registry: what it has is not sent again, what it has in another repository is mounted from there.
import { cutEvenly, yieldOnce } from './chunks.ts';
import { openChecked } from './digest.ts';
import type { Blob } from './image.ts';
import { retry } from './registry-retry.ts';
import type { RegistrySession } from './registry-session.ts';

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
  // An upload that broke is begun anew: what a registry keeps of it differs between registries.
  const isSent = await retry(session.retry, () => upload(session, blob, mountFrom, options));
  return isSent ? size : 0;
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

/** False where the registry took the blob from another repository. */
async function upload(
  session: RegistrySession,
  blob: Blob,
  mountFrom: string | undefined,
  options: PushOptions,
): Promise<boolean> {
  const { digest, size } = blob.descriptor;
  const mount = mountFrom === undefined ? '' : `?mount=${digest}&from=${encodeURIComponent(mountFrom)}`;
  const target = `blobs/uploads/${mount}`;
  const started = await session.callOnce({ method: 'POST', target, accepts: [201, 202] });
  started.resume();
  if (started.statusCode === 201) return false;
  let location = await session.getLocation(started, target);
  const { chunkBytes } = options;
  const isCut = chunkBytes !== undefined && size > chunkBytes;
  if (isCut) location = await sendChunks(session, blob, location, chunkBytes);
  location.searchParams.set('digest', digest);
  const body = isCut ? undefined : { sizeBytes: size, open: () => openChecked(blob) };
  const headers = { 'content-type': 'application/octet-stream' };
  const done = await session.callOnce({
    method: 'PUT',
    target: location,
    headers,
    body,
    accepts: [201, 204],
  });
  done.resume();
  return true;
}

async function sendChunks(
  session: RegistrySession,
  blob: Blob,
  first: URL,
  chunkBytes: number,
): Promise<URL> {
  let location = first;
  let offset = 0;
  for await (const chunk of cutEvenly(openChecked(blob), chunkBytes)) {
    const response = await session.callOnce({
      method: 'PATCH',
      target: location,
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `${offset}-${offset + chunk.length - 1}`,
      },
      body: { sizeBytes: chunk.length, open: () => yieldOnce(chunk) },
      accepts: [202, 204],
    });
    response.resume();
    offset += chunk.length;
    location = await session.getLocation(response, location);
  }
  return location;
}
