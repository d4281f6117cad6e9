// SHA-256 digests of bytes and of streams. Everything that is read from anywhere is checked here.
import { createHash, type Hash } from 'node:crypto';
import { FactoryError } from '../errors.ts';
import { yieldOnce } from './chunks.ts';
import type { Blob, Descriptor } from './image.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function getDigest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** The hexadecimal part, which is the name of the file in an OCI layout. */
export function getHex(digest: string): string {
  if (!isDigest(digest)) {
    throw new FactoryError('IMAGE_DAMAGED', `"${digest}" is not a SHA-256 digest`);
  }
  return digest.slice('sha256:'.length);
}

/** Passes the bytes on; throws at the end, or as soon as there are too many, unless they match. */
export async function* checkStream(
  chunks: AsyncIterable<Uint8Array>,
  expected: Pick<Descriptor, 'digest' | 'size'>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > expected.size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (sizeBytes !== expected.size) throw describeSize(expected, sizeBytes);
  const digest = `sha256:${hash.digest('hex')}`;
  if (digest !== expected.digest) {
    throw new FactoryError('IMAGE_DAMAGED', `${expected.digest} is damaged: its bytes give ${digest}`);
  }
}

/** The bytes of a blob, checked. */
export async function* openChecked(blob: Blob): AsyncGenerator<Uint8Array> {
  try {
    yield* checkStream(blob.open(), blob.descriptor);
  } catch (error) {
    if (error instanceof FactoryError && error.code === 'IMAGE_DAMAGED') await blob.distrust?.();
    throw error;
  }
}

/** Passes the bytes on, and the hash has seen them. */
export async function* tapHash(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

export async function collectBytes(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** The whole blob, checked. Only for small ones: manifests, configs, documents. */
export async function readBlob(blob: Blob): Promise<Buffer> {
  return await collectBytes(openChecked(blob));
}

/** A blob whose bytes are in memory. */
export function makeBlob(mediaType: string, bytes: Uint8Array): Blob {
  const descriptor = { mediaType, digest: getDigest(bytes), size: bytes.length };
  return { descriptor, open: () => yieldOnce(bytes) };
}

function describeSize(expected: Pick<Descriptor, 'digest' | 'size'>, sizeBytes: number): FactoryError {
  const found = sizeBytes > expected.size ? 'more' : `only ${sizeBytes}`;
  const message = `${expected.digest} is damaged: ${expected.size} bytes expected, ${found} found`;
  return new FactoryError('IMAGE_DAMAGED', message);
}
