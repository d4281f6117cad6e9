import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { collectBytes } from '../../../src/image/digest.ts';
import { makeFileEntry, makeFolderEntry, type TarEntry, writeTar } from '../../../src/image/tar.ts';
import { readTar } from '../../../src/image/tar-reader.ts';

const ENTRIES: readonly TarEntry[] = [
  makeFileEntry('b/two.txt', 'two\n', 0o600),
  makeFolderEntry('b', 0o755, 1000),
  makeFolderEntry('a', 0o1777),
  { path: 'b/link', type: 'symlink', mode: 0o777, target: 'two.txt' },
  makeFileEntry(`a/${'long-'.repeat(40)}name`, 'long'),
  makeFileEntry('a/grüße', 'utf-8'),
  { path: 'a/far', type: 'symlink', mode: 0o777, target: `/${'x'.repeat(150)}` },
];

async function pack(entries: readonly TarEntry[]): Promise<Buffer> {
  return await collectBytes(writeTar(entries));
}

async function unpack(bytes: Uint8Array) {
  const read = [];
  for await (const { path, typeFlag, target, content } of readTar(chop(bytes, 700))) {
    read.push({ path, typeFlag, target, text: (await collectBytes(content)).toString() });
  }
  return read;
}

async function* chop(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

describe('writeTar', () => {
  test('gives the same bytes for ever: every image digest depends on them', async () => {
    const digest = createHash('sha256')
      .update(await pack(ENTRIES))
      .digest('hex');
    expect(digest).toBe('93bf2d98d4824e9e2066b4f4c40c57d51134e2459b468b402c96aaa40138fda8');
  });

  test('does not depend on the order of the entries', async () => {
    expect(await pack(ENTRIES.toReversed())).toEqual(await pack(ENTRIES));
  });

  test('keeps long names, other alphabets, links and content', async () => {
    const read = await unpack(await pack(ENTRIES));
    expect(read.map((entry) => entry.path)).toEqual([
      'a',
      'a/far',
      'a/grüße',
      `a/${'long-'.repeat(40)}name`,
      'b',
      'b/link',
      'b/two.txt',
    ]);
    expect(read[1]).toMatchObject({ typeFlag: '2', target: `/${'x'.repeat(150)}` });
    expect(read[3]).toMatchObject({ typeFlag: '0', text: 'long' });
    expect(read[6]).toMatchObject({ typeFlag: '0', text: 'two\n' });
  });

  test('refuses a file whose content has another size than it said', async () => {
    const entry = { ...makeFileEntry('grown', 'abc'), sizeBytes: 2 };
    await expect(pack([entry])).rejects.toThrow('grown changed its size while it was packed');
  });
});

describe('readTar', () => {
  test('passes over content that nobody reads', async () => {
    const paths: string[] = [];
    const bytes = await pack([makeFileEntry('one', 'x'.repeat(5000)), makeFileEntry('two', 'y')]);
    for await (const entry of readTar(chop(bytes, 100))) paths.push(entry.path);
    expect(paths).toEqual(['one', 'two']);
  });

  test('says that an archive is cut off or is none', async () => {
    const bytes = await pack([makeFileEntry('one', 'x'.repeat(5000))]);
    await expect(unpack(bytes.subarray(0, 2000))).rejects.toThrow('it ends too early');
    await expect(unpack(Buffer.from('<html>'.repeat(200)))).rejects.toThrow('a header is damaged');
  });
});
