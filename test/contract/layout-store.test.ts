// The local image store under bad weather: several processes, kill -9, damage, leftovers.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findStoredBlob, writeBlob } from '../../src/image/blob-folder.ts';
import { checkStream } from '../../src/image/digest.ts';
import type { Blob, Image } from '../../src/image/image.ts';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { makeSampleImage } from '../support/sample-image.ts';
import { waitUntil } from '../support/wait-until.ts';

const CHILD = join(import.meta.dirname, '../support/layout-child.ts');
const HOUR_MS = 3_600_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layout-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function openStore() {
  return makeLayoutStore(folder, { removesUnusedBlobs: true });
}

/** A process that writes images NAME:0, NAME:1, ... `count` of them. */
function startWriter(name: string, count: number): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', CHILD, folder, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function waitForEnd(child: ChildProcess): Promise<number | null> {
  return await new Promise((resolve) => child.once('exit', resolve));
}

async function checkWhole(image: Image): Promise<void> {
  for (const layer of image.layers) {
    for await (const _ of checkStream(layer.open(), layer.descriptor));
  }
}

describe('several processes', () => {
  test('lose no image of each other', async () => {
    const writers = ['a', 'b', 'c'].map((name) => startWriter(name, 8));
    expect(await Promise.all(writers.map(waitForEnd))).toEqual([0, 0, 0]);
    expect(await openStore().listImages()).toHaveLength(24);
  });
});

describe('a writer killed with SIGKILL', () => {
  test('leaves every listed image whole, and the next writer is not held up', async () => {
    for (const afterBytes of [1, 200, 400, 800]) {
      const child = startWriter(`killed-${afterBytes}`, 1000);
      let printed = 0;
      child.stdout?.on('data', (chunk: Buffer) => {
        printed += chunk.length;
      });
      const ended = waitForEnd(child);
      await waitUntil('the child writes', async () => printed >= afterBytes / 10);
      child.kill('SIGKILL');
      await ended;
      for (const { name } of await openStore().listImages()) {
        await checkWhole((await openStore().findImage(name)) as Image);
      }
    }
    const written = await openStore().writeImage('after:1', [await makeSampleImage()]);
    expect((await openStore().findImage('after:1'))?.digest).toBe(written.digest);
  });

  test('does not keep its lock, not even when it died while it broke another dead lock', async () => {
    const dead = JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, token: 'x' });
    await writeFile(join(folder, 'index.json.lock'), dead);
    await writeFile(join(folder, 'index.json.lock.break'), dead);
    await openStore().writeImage('demo:1', [await makeSampleImage()]);
    expect(await readdir(folder)).toEqual(['blobs', 'index.json', 'oci-layout']);
  });
});

describe('damage', () => {
  test('a flipped bit in a layer is noticed when it is read', async () => {
    const image = await makeSampleImage();
    await openStore().writeImage('demo:1', [image]);
    await damageBlob(image.layers[0]?.descriptor.digest as string);
    const found = (await openStore().findImage('demo:1')) as Image;
    await expect(checkWhole(found)).rejects.toThrow('is damaged: its bytes give sha256:');
  });

  test('writing the image again mends it', async () => {
    const image = await makeSampleImage();
    await openStore().writeImage('demo:1', [image]);
    await damageBlob(image.layers[0]?.descriptor.digest as string);
    await openStore().writeImage('demo:1', [image]);
    await checkWhole((await openStore().findImage('demo:1')) as Image);
  });

  test('that no write has left a trace of is mended after it was read', async () => {
    const image = await makeSampleImage();
    await openStore().writeImage('demo:1', [image]);
    const path = join(folder, 'blobs/sha256', image.layers[0]?.descriptor.digest.slice(7) as string);
    const { atime, mtime } = await stat(path);
    await damageBlob(image.layers[0]?.descriptor.digest as string);
    await utimes(path, atime, mtime);
    const found = (await openStore().findImage('demo:1')) as Image;
    const copy = makeLayoutStore(join(folder, 'copy'), { removesUnusedBlobs: false });
    await expect(copy.writeImage('demo:1', [found])).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
    expect(await copy.findImage('demo:1')).toBeUndefined();
    await openStore().writeImage('demo:1', [image]);
    await checkWhole((await openStore().findImage('demo:1')) as Image);
  });

  test('an altered manifest is an error, not another image', async () => {
    const image = await makeSampleImage();
    await openStore().writeImage('demo:1', [image]);
    await damageBlob(image.digest);
    await expect(openStore().findImage('demo:1')).rejects.toThrow(
      expect.objectContaining({ code: 'IMAGE_DAMAGED' }),
    );
  });
});

describe('room', () => {
  test('blobs that no image needs are removed after an hour, with what killed writers left', async () => {
    const old = await makeSampleImage({ text: 'old' });
    await openStore().writeImage('demo:1', [old]);
    await writeFile(join(folder, 'blobs/sha256/.temporary-1-x'), 'half');
    await ageBlobs();
    const image = await makeSampleImage({ text: 'new' });
    await openStore().writeImage('demo:1', [image]);
    const digests = [
      image.digest,
      image.manifest.config.digest,
      ...image.manifest.layers.map((one) => one.digest),
    ];
    const expected = digests.map((digest) => digest.slice('sha256:'.length)).sort();
    expect((await readdir(join(folder, 'blobs/sha256'))).sort()).toEqual(expected);
  });

  test('two folders of our own share the file of a layer, a folder of others gets one of its own', async () => {
    const layer = (await makeSampleImage()).layers[0] as Blob;
    await writeBlob(join(folder, 'cache'), layer);
    const cached = await findStoredBlob(join(folder, 'cache'), layer.descriptor);
    const image = { ...(await makeSampleImage()), layers: [cached as Blob] };
    await openStore().writeImage('demo:1', [image]);
    await makeLayoutStore(join(folder, 'out'), { removesUnusedBlobs: false }).writeImage('demo:1', [image]);
    const name = layer.descriptor.digest.slice(7);
    const files = ['cache', 'blobs/sha256', 'out/blobs/sha256'].map((part) => join(folder, part, name));
    const [inCache, own, theirs] = await Promise.all(files.map(async (path) => (await stat(path)).ino));
    expect(own).toBe(inCache);
    expect(theirs).not.toBe(inCache);
  });

  test('in a folder of others only leftovers are removed', async () => {
    const store = makeLayoutStore(folder, { removesUnusedBlobs: false });
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
    const foreign = 'a'.repeat(64);
    await writeFile(join(folder, 'blobs/sha256', foreign), 'theirs');
    await ageBlobs();
    await store.writeImage('demo:1', [await makeSampleImage()]);
    expect(await readdir(join(folder, 'blobs/sha256'))).toContain(foreign);
  });
});

async function damageBlob(digest: string): Promise<void> {
  const path = join(folder, 'blobs/sha256', digest.slice('sha256:'.length));
  const bytes = await readFile(path);
  bytes[20] = (bytes[20] as number) ^ 1;
  await writeFile(path, bytes);
}

async function ageBlobs(): Promise<void> {
  const then = new Date(Date.now() - 2 * HOUR_MS);
  const names = await readdir(join(folder, 'blobs/sha256'));
  await Promise.all(names.map((name) => utimes(join(folder, 'blobs/sha256', name), then, then)));
}
