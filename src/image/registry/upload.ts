// Sends one blob to a registry: in one request, and in pieces when asked or when that broke. The registry is asked how much
// it has then, and gets the rest; where it has forgotten the upload, or takes no pieces, it is begun anew.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-a-blob-in-chunks
import { FactoryError } from '../../errors.ts';
import { cutEvenly, skipBytes, yieldOnce } from '../chunks.ts';
import { openChecked } from '../digest.ts';
import type { Blob } from '../image.ts';
import { isTransient, retry } from './retry.ts';
import type { RegistrySession } from './session.ts';

export interface UploadRequest {
  readonly blob: Blob;
  /** Another repository of the same registry that has the blob. */
  readonly mountFrom: string | undefined;
  /** Sends it in pieces of this size. */
  readonly chunkBytes: number | undefined;
}

interface Upload {
  /** Where the next piece goes; every answer may name another place. */
  readonly location: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
}

/** Of a blob that could not be sent in one request. */
const PIECE_BYTES = 8 * 1024 * 1024;
const OCTETS = { 'content-type': 'application/octet-stream' };

/** False where the registry took the blob from another repository. */
export async function uploadBlob(session: RegistrySession, request: UploadRequest): Promise<boolean> {
  let known: Upload | undefined;
  let isFirst = true;
  const remember = (upload: Upload) => {
    known = upload;
  };
  return await retry(session.retry, async () => {
    const resumed = known && (await findUpload(session, known.location));
    // A connection that broke once will again: pieces need not be sent twice.
    const isCut = !isFirst && request.chunkBytes === undefined;
    const again = isCut ? { ...request, chunkBytes: PIECE_BYTES } : request;
    isFirst = false;
    if (resumed !== undefined && (await trySend(session, again, resumed, remember))) return true;
    const started = await startUpload(session, request);
    if (started === undefined) return false;
    remember(started);
    if (!isCut) await sendRest(session, request, started, remember);
    else if (!(await trySend(session, again, started, remember))) await sendWhole(session, request);
    return true;
  });
}

/** For registries that do not take pieces. */
async function sendWhole(session: RegistrySession, request: UploadRequest): Promise<void> {
  const started = await startUpload(session, request);
  if (started !== undefined) await sendRest(session, request, started, () => {});
}

/** Undefined where the blob was mounted. */
async function startUpload(
  session: RegistrySession,
  { blob, mountFrom }: UploadRequest,
): Promise<Upload | undefined> {
  const { digest } = blob.descriptor;
  const mount = mountFrom === undefined ? '' : `?mount=${digest}&from=${encodeURIComponent(mountFrom)}`;
  const target = `blobs/uploads/${mount}`;
  const response = await session.callOnce({ method: 'POST', target, accepts: [201, 202] });
  response.resume();
  if (response.statusCode === 201) return undefined;
  return { location: await session.getLocation(response, target), offset: 0 };
}

/** Undefined where the registry has nothing of it, or will not say. */
async function findUpload(session: RegistrySession, location: URL): Promise<Upload | undefined> {
  const accepts = [200, 204, 400, 404, 405, 416];
  const response = await session.callOnce({ method: 'GET', target: location, accepts });
  response.resume();
  const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers['range'] ?? '')?.[1];
  if ((response.statusCode ?? 0) >= 300 || last === undefined || last === '0') return undefined;
  const next = response.headers.location ? await session.getLocation(response, location) : location;
  return { location: next, offset: Number(last) + 1 };
}

/** False where the registry does not take the rest, or puts it together wrongly: not all of them can. */
async function trySend(
  session: RegistrySession,
  request: UploadRequest,
  resumed: Upload,
  remember: (upload: Upload) => void,
): Promise<boolean> {
  try {
    remember(resumed);
    await sendRest(session, request, resumed, remember);
    return true;
  } catch (error) {
    if (isTransient(error) || !(error instanceof FactoryError) || error.code === 'IMAGE_DAMAGED') throw error;
    return false;
  }
}

async function sendRest(
  session: RegistrySession,
  { blob, chunkBytes }: UploadRequest,
  upload: Upload,
  remember: (upload: Upload) => void,
): Promise<void> {
  const { digest, size } = blob.descriptor;
  const isWhole = upload.offset === 0 && (chunkBytes === undefined || size <= chunkBytes);
  const { location } = isWhole
    ? upload
    : await sendPieces(session, blob, upload, chunkBytes ?? size, remember);
  location.searchParams.set('digest', digest);
  const body = isWhole ? { sizeBytes: size, open: () => openChecked(blob) } : undefined;
  const done = await session.callOnce({
    method: 'PUT',
    target: location,
    headers: OCTETS,
    body,
    accepts: [201, 204],
  });
  done.resume();
}

async function sendPieces(
  session: RegistrySession,
  blob: Blob,
  first: Upload,
  chunkBytes: number,
  remember: (upload: Upload) => void,
): Promise<Upload> {
  let upload = first;
  const rest = skipBytes(openChecked(blob), first.offset);
  for await (const piece of cutEvenly(rest, chunkBytes)) {
    const end = upload.offset + piece.length;
    const response = await session.callOnce({
      method: 'PATCH',
      target: upload.location,
      headers: { ...OCTETS, 'content-range': `${upload.offset}-${end - 1}` },
      body: { sizeBytes: piece.length, open: () => yieldOnce(piece) },
      accepts: [202, 204],
    });
    response.resume();
    upload = { location: await session.getLocation(response, upload.location), offset: end };
    remember(upload);
  }
  return upload;
}
