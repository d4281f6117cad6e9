import { expect, it } from 'vitest';
import { listOwnBytes, makeOwnBytesReader } from '../../../../src/local/storage/extents.ts';

const HEADER = ' ext:     logical_offset:        physical_offset: length:   expected: flags:';

it('counts extents that are shared with nobody', () => {
  const said = [
    'Filesystem type is: 58465342',
    'File size of a is 200000 (49 blocks of 4096 bytes)',
    HEADER,
    '   0:        0..      24:         63..        87:     25:             shared',
    '   1:       25..      48:        190..       213:     24:         88: last,eof',
    'a: 2 extents found',
    'File size of b is 100 (1 block of 1024 bytes)',
    HEADER,
    '   0:        0..       0:        300..       300:      1:             last,eof',
    'b: 1 extent found',
  ];
  expect([...listOwnBytes(said.join('\n'))]).toEqual([
    ['a', 24 * 4096],
    ['b', 1024],
  ]);
});

it('counts what has not reached the disk yet by its place in the file', () => {
  const said = [
    'File size of a is 100000 (25 blocks of 4096 bytes)',
    HEADER,
    '   0:        0..      24:          0..         0:      0:             last,unknown_loc,delalloc,eof',
  ];
  expect([...listOwnBytes(said.join('\n'))]).toEqual([['a', 25 * 4096]]);
});

it('counts a small file inside its btrfs inode as one block', () => {
  const said = [
    'File size of x is 3 (1 block of 4096 bytes)',
    HEADER,
    '   0:        0..    4095:          0..      4095:   4096:             last,not_aligned,inline,eof',
  ];
  expect([...listOwnBytes(said.join('\n'))]).toEqual([['x', 4096]]);
});

it('answers all who ask while it runs by one run, each with its own files', async () => {
  const runs: (readonly string[])[] = [];
  const read = makeOwnBytesReader(async (paths) => {
    runs.push(paths);
    await Promise.resolve();
    return paths.map((path) => sayFile(path, Number(path.slice(1)))).join('\n');
  });
  const answers = await Promise.all([read(['f1', 'f2']), read(['f3']), read([]), read(['f4', 'f5'])]);
  expect(answers).toEqual([3 * 4096, 3 * 4096, 0, 9 * 4096]);
  expect(runs).toEqual([
    ['f1', 'f2'],
    ['f3', 'f4', 'f5'],
  ]);
});

it('takes no more files at once than a command line holds', async () => {
  const counts: number[] = [];
  const read = makeOwnBytesReader(async (paths) => {
    counts.push(paths.length);
    return paths.map((path) => sayFile(path, 1)).join('\n');
  });
  expect(await read(Array.from({ length: 1200 }, (_, index) => `f${index}`))).toBe(1200 * 4096);
  expect(counts).toEqual([500, 500, 200]);
});

it('cannot tell without the program', async () => {
  const read = makeOwnBytesReader(async () => undefined);
  expect(await Promise.all([read(['a']), read(['b'])])).toEqual([undefined, undefined]);
});

function sayFile(path: string, blocks: number): string {
  return [
    `File size of ${path} is ${blocks * 4096} (${blocks} blocks of 4096 bytes)`,
    HEADER,
    `   0:        0..  ${blocks - 1}:          63..        ${62 + blocks}:     ${blocks}:             last,eof`,
  ].join('\n');
}
