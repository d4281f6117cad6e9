import { expect, test } from 'vitest';
import { makePortReserver } from '../../src/local/ports.ts';

test('a port is handed out once, and again as soon as what had it is gone', async () => {
  const portRange = { first: 29_101, last: 29_140 };
  const ports = makePortReserver({ portRange }, () => [29_101]);
  const first = await ports.reserve();
  expect(await ports.reserve(first)).not.toBe(first);
  expect(await ports.reserve(29_101)).not.toBe(29_101);
  ports.release(first);
  expect(await ports.reserve(first)).toBe(first);
});
