import { describe, expect, test } from 'vitest';
import { formatCanonicalJson } from '../../../src/image/canonical-json.ts';
import { getDigest } from '../../../src/image/digest.ts';
import type { Image } from '../../../src/image/image.ts';
import { makeLayer } from '../../../src/image/layer.ts';
import { makeImage, makeParcel } from '../../../src/image/make-image.ts';
import { makeFileEntry } from '../../../src/image/tar.ts';

const CREATED = '1970-01-01T00:00:00Z';

async function makeSampleImage(architecture = 'amd64', base?: Image): Promise<Image> {
  const layer = await makeLayer([makeFileEntry('hello', `hello ${base ? 'again' : ''}`)], 'a test');
  const run = base ? { Entrypoint: ['/own'] } : { Env: ['A=1'], Entrypoint: ['/base'] };
  return makeImage({ base, layers: [layer], platform: { os: 'linux', architecture }, run, created: CREATED });
}

describe('makeImage', () => {
  test('gives the same digest for ever', async () => {
    expect((await makeSampleImage()).digest).toBe(
      'sha256:d53e6b1811af9f664a3a56cdeea56792a479f565b403d8e48c3fab28b1812561',
    );
  });

  test('puts layers on a base and keeps its settings where nothing else is said', async () => {
    const base = await makeSampleImage();
    const image = await makeSampleImage('amd64', base);
    expect(image.manifest.layers).toHaveLength(2);
    expect(image.manifest.layers[0]).toEqual(base.manifest.layers[0]);
    expect(image.config.rootfs.diff_ids[0]).toBe(base.config.rootfs.diff_ids[0]);
    expect(image.config.config).toEqual({ Env: ['A=1'], Entrypoint: ['/own'] });
    expect(image.config.history).toHaveLength(2);
  });

  test('names the config by its digest', async () => {
    const image = await makeSampleImage();
    expect(image.manifest.config.digest).toBe(getDigest(image.configBytes));
  });
});

test('an index names each platform', async () => {
  const { root: blob } = makeParcel([await makeSampleImage('amd64'), await makeSampleImage('arm64')]);
  let text = '';
  for await (const chunk of blob.open()) text += Buffer.from(chunk).toString();
  const index = JSON.parse(text) as { manifests: { platform: { architecture: string } }[] };
  expect(index.manifests.map((one) => one.platform.architecture)).toEqual(['amd64', 'arm64']);
});

test('canonical JSON depends on the content alone', () => {
  const one = formatCanonicalJson({ b: [{ d: 1, c: undefined }], a: 'ü' });
  expect(one).toBe('{"a":"ü","b":[{"d":1}]}');
  expect(formatCanonicalJson({ a: 'ü', b: [{ d: 1 }] })).toBe(one);
});
