import { expect, it } from 'vitest';
import { sumOwnBytes } from '../../../../src/local/storage/extents.ts';

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
  expect(sumOwnBytes(said.join('\n'))).toBe(24 * 4096 + 1024);
});

it('counts what has not reached the disk yet by its place in the file', () => {
  const said = [
    'File size of a is 100000 (25 blocks of 4096 bytes)',
    HEADER,
    '   0:        0..      24:          0..         0:      0:             last,unknown_loc,delalloc,eof',
  ];
  expect(sumOwnBytes(said.join('\n'))).toBe(25 * 4096);
});

it('counts a small file inside its btrfs inode as one block', () => {
  const said = [
    'File size of x is 3 (1 block of 4096 bytes)',
    HEADER,
    '   0:        0..    4095:          0..      4095:   4096:             last,not_aligned,inline,eof',
  ];
  expect(sumOwnBytes(said.join('\n'))).toBe(4096);
});
