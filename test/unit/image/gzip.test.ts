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
    expect(digest).toBe('d063f51566e1c36fbd2a1662b00e05c0b5c4b3031628591b527430ba88087b28');
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
    expect(digest).toBe('391c56bc1b287df81110571b45b55543caf843be308d116bbaff0451059d3fda');
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
