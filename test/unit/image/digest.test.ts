import { describe, expect, test } from 'vitest';
import { checkStream, collectBytes, getHex, makeBlob, readBlob } from '../../../src/image/digest.ts';

const BLOB = makeBlob('text/plain', Buffer.from('the content'));

async function* yieldOnce(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe('checkStream', () => {
  test('passes on what matches', async () => {
    expect((await readBlob(BLOB)).toString()).toBe('the content');
  });

  test.each([
    ['the c0ntent', 'is damaged: its bytes give sha256:'],
    ['the', '11 bytes expected, only 3 found'],
    ['the content and more', '11 bytes expected, more found'],
  ])('stops at "%s"', async (text, problem) => {
    const checked = checkStream(yieldOnce(text), BLOB.descriptor);
    await expect(collectBytes(checked)).rejects.toThrow(problem);
  });
});

test('a digest that could lead out of its folder is refused', () => {
  expect(() => getHex('sha256:../../etc/passwd')).toThrow('is not a SHA-256 digest');
});
