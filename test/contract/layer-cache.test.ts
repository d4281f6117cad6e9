// Layers that are made once: what is used stays, what nobody has used for a week goes.
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { getCachedLayer } from '../../src/build/cached-layer.ts';
import { makeFileEntry } from '../../src/image/tar.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layer-cache-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Says whether it was made or found. */
async function getLayer(key: string): Promise<'made' | 'found'> {
  let state: 'made' | 'found' = 'found';
  await getCachedLayer({
    cacheDir: folder,
    key,
    createdBy: 'test',
    makeEntries: async () => {
      state = 'made';
      return [makeFileEntry('content', key)];
    },
  });
  return state;
}

/** As if nobody had come near it for so long; marks stay. */
async function age(days: number): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    const then = new Date(Date.now() - days * DAY_MS);
    await utimes(join(folder, name), then, then);
  }
}

test('a layer is made once', async () => {
  expect(await getLayer('host-a')).toBe('made');
  expect(await getLayer('host-a')).toBe('found');
});

test('a layer that nobody has used for a week goes when another is made', async () => {
  await getLayer('host-old');
  await getLayer('host-used');
  await age(8);
  await getLayer('host-used');
  await getLayer('host-new');
  expect((await readdir(folder)).sort()).toEqual(['blobs', 'host-new.json', 'host-used.json']);
  expect(await readdir(join(folder, 'blobs/sha256'))).toHaveLength(2);
  expect(await getLayer('host-used')).toBe('found');
  expect(await getLayer('host-old')).toBe('made');
});

test('a layer that was used this week stays', async () => {
  await getLayer('host-old');
  await age(6);
  await getLayer('host-new');
  expect(await getLayer('host-old')).toBe('found');
});
