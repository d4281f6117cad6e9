// Small images for tests: a base layer, a layer of its own, and for several platforms.
import type { Image } from '../../src/image/image.ts';
import { makeLayer } from '../../src/image/layer.ts';
import { makeImage } from '../../src/image/make-image.ts';
import { makeFileEntry, makeFolderEntry } from '../../src/image/tar.ts';

export interface SampleOptions {
  readonly text?: string;
  readonly architecture?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The first layer is the same in all of them. */
export async function makeSampleImage(options: SampleOptions = {}): Promise<Image> {
  const { text = 'hello', architecture = 'amd64', annotations } = options;
  const base = await makeLayer([makeFolderEntry('etc'), makeFileEntry('etc/base', makeNoise())], 'base');
  const own = await makeLayer([makeFileEntry('own', text)], 'own');
  return makeImage({
    layers: [base, own],
    platform: { os: 'linux', architecture },
    run: { Entrypoint: ['/own'], Labels: { text } },
    created: '1970-01-01T00:00:00Z',
    annotations,
  });
}

/** With a second layer of these bytes; the first is that of makeSampleImage. */
export async function makeLargeImage(bytes: Uint8Array): Promise<Image> {
  const base = await makeLayer([makeFolderEntry('etc'), makeFileEntry('etc/base', makeNoise())], 'base');
  const large = await makeLayer([makeFileEntry('large', bytes)], 'large');
  return makeImage({
    layers: [base, large],
    platform: { os: 'linux', architecture: 'amd64' },
    run: { Entrypoint: ['/large'] },
    created: '1970-01-01T00:00:00Z',
  });
}

/** 300 KB that compress badly, the same each time. */
function makeNoise(): Buffer {
  let state = 7;
  return Buffer.from(
    Array.from({ length: 300_000 }, () => {
      state = (state * 48271) % 2147483647;
      return state & 0xff;
    }),
  );
}
