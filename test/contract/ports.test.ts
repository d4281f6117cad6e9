// Ports of clusters: from a range, never two at a time, and none again before all others.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPorts } from '../../src/local/ports.ts';
import { makeTestFolder, type TestFolder } from '../support/folders.ts';

const portRange = { first: 23_410, last: 23_413 };
let folder: TestFolder;
let taken: number[];
beforeEach(async () => {
  folder = await makeTestFolder();
  taken = [];
});
afterEach(async () => await folder[Symbol.asyncDispose]());

const open = () => openPorts({ portRange, path: join(folder.path, 'last-port') }, () => taken);

test('many who ask at once get different ports, until there are none', async () => {
  const { reserve } = open();
  const given = await Promise.all([1, 2, 3, 4].map(async () => await reserve()));
  expect([...given].sort()).toEqual([23_410, 23_411, 23_412, 23_413]);
  await expect(reserve()).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
    message: 'no port between 23410 and 23413 is free',
  });
});

test('a port that is given back comes last, also after a restart', async () => {
  taken = [await open().reserve()];
  expect(taken).toEqual([23_410]);
  taken = [];
  expect(await open().reserve()).toBe(23_411);
  const { reserve } = open();
  const rest = [await reserve(), await reserve(), await reserve()];
  expect(rest).toEqual([23_412, 23_413, 23_410]);
});

test('a port that another program or a cluster has is passed over', async () => {
  taken = [23_410];
  const program = createServer();
  await new Promise<void>((resolve) => program.listen(23_411, '127.0.0.1', resolve));
  try {
    expect(await open().reserve()).toBe(23_412);
  } finally {
    program.close();
  }
});

test('the wanted port is given where it is free', async () => {
  const { reserve } = open();
  expect(await reserve(23_500)).toBe(23_500);
  expect(await reserve(23_500)).toBe(23_410);
});

test('what had a port is gone: whatever takes its place may have it at once', async () => {
  const ports = open();
  const port = await ports.reserve();
  expect(await ports.reserve(port)).not.toBe(port);
  ports.release(port);
  expect(await ports.reserve(port)).toBe(port);
});

test('with another range the first of it comes next', async () => {
  await open().reserve();
  const other = { portRange: { first: 23_420, last: 23_421 }, path: join(folder.path, 'last-port') };
  expect(await openPorts(other, () => []).reserve()).toBe(23_420);
});
