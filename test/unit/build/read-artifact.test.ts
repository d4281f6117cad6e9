import { describe, expect, test } from 'vitest';
import type { Artifact } from '../../../src/artifact/artifact.ts';
import { formatArtifact } from '../../../src/artifact/artifact-document.ts';
import { makeArtifactImage } from '../../../src/build/artifact-image.ts';
import { makeArtifactLayer } from '../../../src/build/artifact-layers.ts';
import { makeLabels } from '../../../src/build/labels.ts';
import { readArtifact } from '../../../src/build/read-artifact.ts';
import type { Image } from '../../../src/image/image.ts';
import { makeSampleArtifact } from '../../support/sample-artifact.ts';
import { makeSampleImage } from '../../support/sample-image.ts';

const CREATED = '1970-01-01T00:00:00Z';

/** An artifact whose document does not get smaller than `sizeBytes` by compression. */
function makeLongArtifact(sizeBytes: number): Artifact {
  let state = 1;
  const words = Array.from({ length: sizeBytes / 6 }, () => {
    state = (state * 48271) % 2147483647;
    return state.toString(36);
  });
  const artifact = makeSampleArtifact();
  return { ...artifact, spec: { ...artifact.spec, tags: { long: words.join(' ') } } };
}

async function makeImage(artifact: Artifact): Promise<Image> {
  const document = formatArtifact(artifact);
  const layers = [await makeArtifactLayer(document, new Map())];
  return makeArtifactImage({
    base: { image: await makeSampleImage() },
    layers,
    artifact,
    document,
    created: CREATED,
  });
}

describe('readArtifact', () => {
  test.each([
    [
      'as text',
      (artifact: Artifact) => artifact,
      ['io.db-artifact.artifact', 'io.db-artifact.artifact-gzip'],
    ],
    ['not at all', () => makeLongArtifact(30_000), []],
  ])('gives back what was packed, with the document in a label %s', async (_, make, keys) => {
    const artifact = make(makeSampleArtifact());
    const image = await makeImage(artifact);
    const found = Object.keys(image.config.config?.Labels ?? {}).filter((key) =>
      /artifact(-gzip)?$/.test(key),
    );
    expect(keys.length === 0 ? found : keys).toEqual(expect.arrayContaining(found));
    expect(await readArtifact(image)).toEqual(artifact);
  });

  test('refuses a document that is not the one that was packed', async () => {
    const image = await makeImage(makeSampleArtifact());
    const labels = { ...image.config.config?.Labels, 'io.db-artifact.digest': `sha256:${'0'.repeat(64)}` };
    const changed = {
      ...image,
      config: { ...image.config, config: { ...image.config.config, Labels: labels } },
    };
    await expect(readArtifact(changed)).rejects.toThrow(expect.objectContaining({ code: 'IMAGE_DAMAGED' }));
  });

  test('says that another image is no artifact', async () => {
    await expect(readArtifact(await makeSampleImage())).rejects.toThrow(
      'the image is not a database artifact',
    );
  });
});

describe('labels', () => {
  test('stay below 4096 bytes each, whatever the artifact says', () => {
    const artifact = makeLongArtifact(50_000);
    const image = { ...artifact.spec.image, description: 'ü'.repeat(5000) };
    const labels = makeLabels({ ...artifact, spec: { ...artifact.spec, image } }, formatArtifact(artifact));
    for (const value of Object.values(labels)) expect(Buffer.byteLength(value)).toBeLessThan(4096);
  });

  test('tell people what it is', () => {
    const artifact = makeSampleArtifact('title = Orders for tests');
    expect(makeLabels(artifact, formatArtifact(artifact))).toMatchObject({
      'org.opencontainers.image.title': 'Orders for tests',
      'io.db-artifact.engine': 'aurora-postgresql 16.4',
      'io.db-artifact.source': 'orders',
      'io.db-artifact.modes': 'clone,create',
    });
  });
});
