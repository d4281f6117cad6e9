// Gzip whose bytes are the same on every machine. Small layers go through pako, which is plain JavaScript; large
// ones through zlib in parallel, unless this Node's zlib gives other bytes than the official builds.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip as gzipNative, gzipSync } from 'node:zlib';
import { gzip as gzipPako } from 'pako';
import { cutEvenly } from './chunks.ts';

const MEMBER_BYTES = 4 * 1024 * 1024;
/** Of most members: taken out in one piece, so that their thread does not wait for this one. */
const OUTPUT_BYTES = MEMBER_BYTES / 2;
/** libuv has four threads, whatever the number of processors: one stays free for the files that are read and written. */
const PARALLEL_MEMBERS = 3;
/** A third of the time of the usual level 6 for 7 % more bytes; with more memory both are better than without. */
const LARGE = { level: 2, memLevel: 9 } as const;
const HEADER_EXTRA_FLAGS = 8;
const HEADER_SYSTEM = 9;
const UNKNOWN_SYSTEM = 255;
const SAMPLE_BYTES = 256 * 1024;
/** Of the sample below under the zlib of Node's official builds since 20.12. */
const SAMPLE_DIGEST = '138c2b08f4ad551da07c0eaa74a715ab356f1c4abf4f0ea50861fdf92881c310';

const gzipInThread = promisify(gzipNative);

export function gzipSmall(bytes: Uint8Array): Uint8Array {
  return clearHeader(gzipPako(bytes, { level: 9 }));
}

/** One gzip member per 8 MiB; a reader sees them as one stream. https://www.rfc-editor.org/rfc/rfc1952#section-2.2 */
export async function* gzipLarge(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const compress = isZlibUsual() ? compressWithZlib : compressWithPako;
  const running: Promise<Uint8Array>[] = [];
  const spare: Uint8Array[] = [];
  for await (const member of cutEvenly(chunks, MEMBER_BYTES, spare)) {
    const promise = compress(member).finally(() => {
      if (member.length === MEMBER_BYTES) spare.push(member);
    });
    promise.catch(() => {}); // awaited below, later
    running.push(promise);
    if (running.length >= PARALLEL_MEMBERS) yield await (running.shift() as Promise<Uint8Array>);
  }
  for (const promise of running) yield await promise;
}

async function compressWithZlib(bytes: Uint8Array): Promise<Uint8Array> {
  return clearHeader(await gzipInThread(bytes, { ...LARGE, chunkSize: OUTPUT_BYTES }));
}

async function compressWithPako(bytes: Uint8Array): Promise<Uint8Array> {
  return clearHeader(gzipPako(bytes, LARGE));
}

/** zlib differs between distributions and, in old versions, between processors: so it is tried, not looked up. */
function isZlibUsual(): boolean {
  const compressed = clearHeader(gzipSync(makeSample(), LARGE));
  return createHash('sha256').update(compressed).digest('hex') === SAMPLE_DIGEST;
}

/** Bytes from a fixed generator: new ones, and repeats at many distances, so that match finding shows. */
export function makeSample(): Uint8Array {
  const sample = Buffer.alloc(SAMPLE_BYTES);
  let state = 1;
  const next = (limit: number): number => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
  for (let at = 0; at < SAMPLE_BYTES; ) {
    if (at < 8 || next(2) === 0) {
      sample[at] = next(200);
      at += 1;
    } else {
      const from = at - 1 - next(Math.min(at, 40_000));
      const length = 3 + next(next(60) + 1);
      sample.copyWithin(at, from, from + Math.min(length, at - from));
      at += length;
    }
  }
  return sample;
}

/** The header's level and operating system differ between writers and mean nothing to readers. */
function clearHeader(gzipped: Uint8Array): Uint8Array {
  gzipped[HEADER_EXTRA_FLAGS] = 0;
  gzipped[HEADER_SYSTEM] = UNKNOWN_SYSTEM;
  return gzipped;
}
