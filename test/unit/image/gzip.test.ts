import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { collectBytes } from '../../../src/image/digest.ts';
import { gzipLarge, gzipSmall, makeSample } from '../../../src/image/gzip.ts';

async function* yieldOnce(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('gzipSmall', () => {
  test('gives the same bytes under every Node', () => {
    const digest = createHash('sha256').update(gzipSmall(makeSample())).digest('hex');
    expect(digest).toBe('5bf67e2a1c14d8af3777daf715df7aff8e5412c9b3e53617027d84be4082bfa2');
  });

  test('is read by any gunzip', () => {
    expect(gunzipSync(gzipSmall(makeSample())).equals(makeSample())).toBe(true);
  });
});

describe('gzipLarge', () => {
  test('is one stream to a reader, whatever the number of members', async () => {
    const large = Buffer.concat(Array.from({ length: 20 }, () => makeSample()));
    const compressed = await collectBytes(gzipLarge(yieldOnce(large)));
    expect(gunzipSync(compressed).equals(large)).toBe(true);
  });

  test('gives the same bytes under every Node', async () => {
    const compressed = await collectBytes(gzipLarge(yieldOnce(makeSample())));
    const digest = createHash('sha256').update(compressed).digest('hex');
    expect(digest).toBe('138c2b08f4ad551da07c0eaa74a715ab356f1c4abf4f0ea50861fdf92881c310');
  });

  test('does not depend on how the input is cut', async () => {
    const sample = makeSample();
    async function* inPieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < sample.length; at += 1777) yield sample.subarray(at, at + 1777);
    }
    const whole = await collectBytes(gzipLarge(yieldOnce(sample)));
    expect((await collectBytes(gzipLarge(inPieces()))).equals(whole)).toBe(true);
  });
});
