// Reads from a registry: manifests, and blobs that go on where a broken connection stopped.
import type { IncomingMessage } from 'node:http';
import { FactoryError } from '../../errors.ts';
import { skipBytes } from '../chunks.ts';
import { getDigest, isDigest } from '../digest.ts';
import type { Blob, Descriptor } from '../image.ts';
import { MANIFEST_TYPES } from '../media-types.ts';
import type { BlobSource } from '../open-image.ts';
import { readBody, readBytes } from './request.ts';
import { retry } from './retry.ts';
import type { RegistrySession } from './session.ts';

const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;
const MANIFEST = /manifest|index/;

/** Undefined where there is none of that tag or digest. */
export async function findManifest(
  session: RegistrySession,
  tagOrDigest: string,
): Promise<{ readonly descriptor: Descriptor; readonly bytes: Uint8Array } | undefined> {
  return await retry(session.retry, async () => {
    const response = await session.callOnce({
      method: 'GET',
      target: `manifests/${tagOrDigest}`,
      headers: { accept: MANIFEST_TYPES.join(', ') },
      accepts: [200, 404],
    });
    const bytes = await readBytes(response, MAX_MANIFEST_BYTES);
    if (response.statusCode === 404) return undefined;
    const digest = getDigest(bytes);
    const said = response.headers['docker-content-digest'];
    checkDigest(session, digest, isDigest(tagOrDigest) ? tagOrDigest : said?.toString());
    const mediaType = (response.headers['content-type'] ?? '').split(';', 1)[0] as string;
    return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  });
}

/** Manifests and blobs of one repository. */
export function makeRegistrySource(session: RegistrySession): BlobSource {
  return (descriptor): Blob => ({
    descriptor,
    origin: `${session.host}/${session.repository}`,
    open: () =>
      MANIFEST.test(descriptor.mediaType) ? openManifest(session, descriptor) : openBlob(session, descriptor),
  });
}

async function* openManifest(session: RegistrySession, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  const found = await findManifest(session, descriptor.digest);
  if (found === undefined) throw describeMissing(session, descriptor);
  yield found.bytes;
}

/** A broken connection that brought something is followed by another; those that brought nothing are counted. */
async function* openBlob(session: RegistrySession, descriptor: Descriptor): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (let fruitless = 0; offset < descriptor.size; ) {
    const before = offset;
    const response = await requestBlob(session, descriptor, offset);
    try {
      for await (const chunk of readFrom(response, offset)) {
        offset += chunk.length;
        yield chunk;
      }
      if (offset < descriptor.size) throw describeEnd(descriptor, offset);
    } catch (error) {
      fruitless = offset > before ? 0 : fruitless + 1;
      const isBroken = error instanceof FactoryError && error.code === 'NETWORK_FAILED';
      if (!isBroken || fruitless >= session.retry.tries) throw error;
    }
  }
}

async function requestBlob(
  session: RegistrySession,
  descriptor: Descriptor,
  offset: number,
): Promise<IncomingMessage> {
  const response = await session.call({
    method: 'GET',
    target: `blobs/${descriptor.digest}`,
    headers: offset === 0 ? {} : { range: `bytes=${offset}-` },
    accepts: [200, 206, 404],
  });
  if (response.statusCode !== 404) return response;
  response.resume();
  throw describeMissing(session, descriptor);
}

/** A registry that knows no ranges sends everything again. */
async function* readFrom(response: IncomingMessage, offset: number): AsyncGenerator<Uint8Array> {
  yield* skipBytes(readBody(response), response.statusCode === 206 ? 0 : offset);
}

function checkDigest(session: RegistrySession, digest: string, expected: string | undefined): void {
  if (expected === undefined || expected === digest) return;
  const place = `${session.host}/${session.repository}`;
  throw new FactoryError('IMAGE_DAMAGED', `${place} sent a manifest that is not ${expected}`);
}

function describeMissing(session: RegistrySession, descriptor: Descriptor): FactoryError {
  const place = `${session.host}/${session.repository}`;
  return new FactoryError('IMAGE_DAMAGED', `${place} lacks ${descriptor.digest}, which its manifest names`);
}

function describeEnd(descriptor: Descriptor, offset: number): FactoryError {
  const message = `${descriptor.digest} ended after ${offset} of ${descriptor.size} bytes`;
  return new FactoryError('NETWORK_FAILED', message);
}
