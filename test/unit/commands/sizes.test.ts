import { expect, test } from 'vitest';
import { parsePorts, parseSize } from '../../../src/commands/options.ts';

test('sizes are powers of 1024', () => {
  expect(['512K', '8G', '1.5t', '50GiB', '2 MB'].map(parseSize)).toEqual([
    ...[512 * 1024, 8 * 1024 ** 3, 1.5 * 1024 ** 4, 50 * 1024 ** 3, 2 * 1024 ** 2],
  ]);
  expect(() => parseSize('8')).toThrow('a size is like 512M, 8G or 1.5T.');
});

test('ports are a range in ascending order', () => {
  expect(parsePorts('20000-20999')).toEqual({ first: 20_000, last: 20_999 });
  for (const text of ['20000', '20999-20000', '80-90', '60000-70000', 'a-b']) {
    expect(() => parsePorts(text)).toThrow('ports are like 20000-20999');
  }
});
