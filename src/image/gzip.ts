// Gzip whose bytes are the same on every machine. Small layers go through pako, which is plain JavaScript; large
// ones through zlib in parallel, unless this Node's zlib gives other bytes than the official builds.
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { gzip as gzipNative, gzipSync } from 'node:zlib';
import { gzip as gzipPako } from 'pako';
import { cutEvenly } from './chunks.ts';

const MEMBER_BYTES = 8 * 1024 * 1024;
/** Half the time of the usual 6, for 3 % more bytes. */
const LARGE_LEVEL = 4;
const HEADER_EXTRA_FLAGS = 8;
const HEADER_SYSTEM = 9;
const UNKNOWN_SYSTEM = 255;
/** Of the sample below under the zlib of Node's official builds since 20.12. */
const SAMPLE_DIGEST = '391c56bc1b287df81110571b45b55543caf843be308d116bbaff0451059d3fda';

const gzipInThread = promisify(gzipNative);

export function gzipSmall(bytes: Uint8Array): Uint8Array {
  return clearHeader(gzipPako(bytes, { level: 9 }));
}

/** One gzip member per 8 MiB; a reader sees them as one stream. https://www.rfc-editor.org/rfc/rfc1952#section-2.2 */
export async function* gzipLarge(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const compress = isZlibUsual() ? compressWithZlib : compressWithPako;
  const running: Promise<Uint8Array>[] = [];
  for await (const member of cutEvenly(chunks, MEMBER_BYTES)) {
    const promise = compress(member);
    promise.catch(() => {}); // awaited below, later
    running.push(promise);
    if (running.length > availableParallelism()) yield await (running.shift() as Promise<Uint8Array>);
  }
  for (const promise of running) yield await promise;
}

async function compressWithZlib(bytes: Uint8Array): Promise<Uint8Array> {
  return clearHeader(await gzipInThread(bytes, { level: LARGE_LEVEL }));
}

async function compressWithPako(bytes: Uint8Array): Promise<Uint8Array> {
  return clearHeader(gzipPako(bytes, { level: LARGE_LEVEL }));
}

/** zlib differs between distributions and, in old versions, between processors: so it is tried, not looked up. */
function isZlibUsual(): boolean {
  const compressed = clearHeader(gzipSync(makeSample(), { level: LARGE_LEVEL }));
  return createHash('sha256').update(compressed).digest('hex') === SAMPLE_DIGEST;
}

/** Text-like bytes from a fixed generator: repeats at many distances, so that match finding shows. */
export function makeSample(): Uint8Array {
  const words: string[] = [];
  let state = 1;
  const next = (limit: number): number => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
  for (let i = 0; i < 90_000; i++)
    words.push(`${next(9) === 0 ? '\n' : ' '}w${(next(700) * next(60)).toString(36)}`);
  return Buffer.from(words.join(''));
}

/** The header's level and operating system differ between writers and mean nothing to readers. */
function clearHeader(gzipped: Uint8Array): Uint8Array {
  gzipped[HEADER_EXTRA_FLAGS] = 0;
  gzipped[HEADER_SYSTEM] = UNKNOWN_SYSTEM;
  return gzipped;
}
