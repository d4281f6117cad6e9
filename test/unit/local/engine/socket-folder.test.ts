import { expect, test } from 'vitest';
import { pickSocketFolder } from '../../../../src/local/engine/socket-folder.ts';

/** With it `run/.s.PGSQL.65535` has so many bytes. */
const folderOf = (bytes: number) => `/${'d'.repeat(bytes - '//run/.s.PGSQL.65535'.length)}`;

test.each([
  ['linux', 107],
  ['darwin', 103],
] as const)(
  'sockets are below the data folder on %s where their path has no more than %i bytes',
  (platform, most) => {
    const [fits, isLong] = [folderOf(most), folderOf(most + 1)];
    expect(pickSocketFolder(fits, 501, platform)).toBe(`${fits}/run`);
    expect(pickSocketFolder(isLong, 501, platform)).toMatch(/^\/tmp\/db-artifact-501-[0-9a-f]{12}$/);
    expect(pickSocketFolder(`${isLong}x`, 501, platform)).not.toBe(pickSocketFolder(isLong, 501, platform));
  },
);

test('bytes are counted, not letters', () => {
  expect(pickSocketFolder(`/${'ü'.repeat(60)}`, 501, 'darwin')).toMatch(/^\/tmp\//);
});
