// One suite for every image store, against real folders, a real Docker engine and a real registry.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeArchiveStore } from '../../src/image/archive-store.ts';
import { checkStream, collectBytes, getDigest } from '../../src/image/digest.ts';
import { makeDockerStore } from '../../src/image/docker/store.ts';
import type { Blob, Image } from '../../src/image/image.ts';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { parsePlatform } from '../../src/image/platform.ts';
import { makeRegistryStore } from '../../src/image/registry/store.ts';
import type { ImageStore } from '../../src/image/store.ts';
import {
  findEngineObstacle,
  findPodmanObstacle,
  startEngine,
  startPodman,
  startRegistry,
  type TestEngine,
} from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleImage } from '../support/sample-image.ts';

interface OpenedStore extends AsyncDisposable {
  readonly store: ImageStore;
  /** Makes a reference of that store. */
  readonly name: (name: string) => string;
}

interface Variant {
  readonly title: string;
  readonly need: string;
  readonly missing: string | undefined;
  open(): Promise<OpenedStore>;
  /** An engine unpacks images and makes new manifests; the config stays the same everywhere. */
  readonly keepsDigest: boolean;
  readonly holdsSeveral: boolean;
  readonly holdsPlatforms: boolean;
}

function openEngineStore(engine: TestEngine): OpenedStore {
  return {
    store: makeDockerStore({ DOCKER_HOST: engine.url }),
    name: (name) => name,
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

const VARIANTS: readonly Variant[] = [
  {
    title: 'layout',
    need: 'files',
    missing: undefined,
    open: () => openInFolder((folder) => makeLayoutStore(folder, { removesUnusedBlobs: true })),
    keepsDigest: true,
    holdsSeveral: true,
    holdsPlatforms: true,
  },
  {
    title: 'archive',
    need: 'files',
    missing: undefined,
    open: () =>
      openInFolder(
        (folder) => makeArchiveStore(join(folder, 'image.tar')),
        () => '',
      ),
    keepsDigest: true,
    holdsSeveral: false,
    holdsPlatforms: true,
  },
  {
    title: 'docker',
    need: 'dockerd',
    missing: findEngineObstacle(),
    open: async () => openEngineStore(await startEngine()),
    keepsDigest: false,
    holdsSeveral: true,
    holdsPlatforms: false,
  },
  {
    title: 'podman',
    need: 'podman',
    missing: findPodmanObstacle(),
    open: async () => openEngineStore(await startPodman()),
    keepsDigest: false,
    holdsSeveral: true,
    holdsPlatforms: false,
  },
  {
    title: 'registry',
    need: 'docker-registry',
    missing: findMissingProgram('docker-registry'),
    open: async () => {
      const registry = await startRegistry();
      return {
        store: makeRegistryStore({ env: {} }),
        name: (name) => `${registry.host}/team/${name}`,
        [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
      };
    },
    keepsDigest: true,
    holdsSeveral: true,
    holdsPlatforms: true,
  },
];

async function openInFolder(make: (folder: string) => ImageStore, name = (text: string) => text) {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  return {
    store: make(folder),
    name,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Digests of the uncompressed layers, from their bytes. */
async function readDiffIds(image: Image): Promise<readonly string[]> {
  return await Promise.all(image.layers.map(async (layer) => getDigest(await readTarBytes(layer))));
}

async function readTarBytes(layer: Blob): Promise<Buffer> {
  const bytes = await collectBytes(checkStream(layer.open(), layer.descriptor));
  if (!layer.descriptor.mediaType.endsWith('gzip')) return bytes;
  const gunzip = createGunzip();
  gunzip.end(bytes);
  return await collectBytes(gunzip);
}

for (const variant of VARIANTS) {
  describeIfMet(variant.need, variant.missing)(`the ${variant.title} store`, () => {
    let opened: OpenedStore;
    beforeAll(async () => {
      opened = await variant.open();
    });
    afterAll(async () => {
      await opened[Symbol.asyncDispose]();
    });

    test('has no image before one is written', async () => {
      expect(await opened.store.findImage(opened.name('nobody:1'))).toBeUndefined();
    });

    test('gives back what was written', async () => {
      const image = await makeSampleImage();
      const written = await opened.store.writeImage(opened.name('demo:1'), [image]);
      expect(written.digest).toBe(image.digest);
      expect(written.writtenBytes).toBeGreaterThan(image.layers[0]?.descriptor.size ?? 0);
      const found = await opened.store.findImage(opened.name('demo:1'));
      expect(found?.configBytes.toString()).toBe(image.configBytes.toString());
      expect(await readDiffIds(found as Image)).toEqual(image.config.rootfs.diff_ids);
      if (variant.keepsDigest) expect(found?.digest).toBe(image.digest);
    });

    test('replaces the image of a name', async () => {
      await opened.store.writeImage(opened.name('demo:2'), [await makeSampleImage({ text: 'old' })]);
      await opened.store.writeImage(opened.name('demo:2'), [await makeSampleImage({ text: 'new' })]);
      const found = await opened.store.findImage(opened.name('demo:2'));
      expect(found?.config.config?.Labels).toEqual({ text: 'new' });
    });

    test('takes an image that it gave', async () => {
      await opened.store.writeImage(opened.name('demo:1'), [await makeSampleImage()]);
      const found = (await opened.store.findImage(opened.name('demo:1'))) as Image;
      await opened.store.writeImage(opened.name('copy:1'), [found]);
      const copied = await opened.store.findImage(opened.name('copy:1'));
      expect(copied?.manifest.config.digest).toBe(found.manifest.config.digest);
    });

    if (variant.holdsSeveral) {
      test('does not take again what it has', async () => {
        const image = await makeSampleImage({ text: 'twice' });
        await opened.store.writeImage(opened.name('twice:1'), [image]);
        const again = await opened.store.writeImage(opened.name('twice:1'), [image]);
        expect(again.writtenBytes).toBe(0);
        const other = await makeSampleImage({ text: 'other' });
        const changed = await opened.store.writeImage(opened.name('twice:2'), [other]);
        expect(changed.writtenBytes).toBeLessThan(other.layers[0]?.descriptor.size ?? 0);
      });

      test('keeps every one of several images written at once', async () => {
        const names = ['a', 'b', 'c', 'd', 'e', 'f'];
        await Promise.all(
          names.map(async (text) =>
            opened.store.writeImage(opened.name(`many:${text}`), [await makeSampleImage({ text })]),
          ),
        );
        for (const text of names) {
          const found = await opened.store.findImage(opened.name(`many:${text}`));
          expect(found?.config.config?.Labels).toEqual({ text });
        }
      });
    }

    if (variant.holdsPlatforms) {
      test('holds one image for several platforms', async () => {
        const images = await Promise.all(
          ['amd64', 'arm64'].map((architecture) => makeSampleImage({ architecture })),
        );
        await opened.store.writeImage(opened.name('wide:1'), images);
        for (const image of images) {
          const platform = parsePlatform(`linux/${image.config.architecture}`);
          expect((await opened.store.findImage(opened.name('wide:1'), platform))?.digest).toBe(image.digest);
        }
        const find = opened.store.findImage(opened.name('wide:1'), parsePlatform('linux/s390x'));
        await expect(find).rejects.toThrow('the image has no linux/s390x');
      });
    }
  });
}

describe('lists', () => {
  test('the layout store lists each name once, with what a person wants to know', async () => {
    await using opened = await openInFolder((folder) =>
      makeLayoutStore(folder, { removesUnusedBlobs: true }),
    );
    const image = await makeSampleImage();
    await opened.store.writeImage('one:1', [image]);
    await opened.store.writeImage('two:1', [image]);
    const listed = await opened.store.listImages();
    expect(listed.map(({ name, digest, labels }) => ({ name, digest, labels }))).toEqual([
      { name: 'one:1', digest: image.digest, labels: { text: 'hello' } },
      { name: 'two:1', digest: image.digest, labels: { text: 'hello' } },
    ]);
  });
});
