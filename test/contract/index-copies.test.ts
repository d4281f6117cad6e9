// An image of several platforms with attestations, as BuildKit publishes it, is copied whole: its digest stays.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyImage } from '../../src/image/copy-image.ts';
import { makeBlob, readBlob } from '../../src/image/digest.ts';
import type { Blob, Image, PublishedIndex } from '../../src/image/image.ts';
import { describeImage } from '../../src/image/make-image.ts';
import { OCI } from '../../src/image/media-types.ts';
import { makeReferrer } from '../../src/image/referrer.ts';
import type { ImageStore } from '../../src/image/store.ts';
import { locateImage } from '../../src/image/stores.ts';
import { startRegistry } from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleImage } from '../support/sample-image.ts';

const ATTESTED = Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}');
const SIGNATURE = 'application/vnd.example.signature+json';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'index-copies-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function makeContext() {
  return { dataDir: join(folder, 'data'), env: { DOCKER_HOST: `unix://${folder}/none` } };
}

/** Its spaces and annotations are what nobody here would write. */
function makePublishedIndex(images: readonly Image[]): PublishedIndex {
  const [config, document] = [
    makeBlob(OCI.config, Buffer.from('{}')),
    makeBlob('application/json', ATTESTED),
  ];
  const attestation = { schemaVersion: 2, config: config.descriptor, layers: [document.descriptor] };
  const manifest = makeBlob(OCI.manifest, Buffer.from(JSON.stringify(attestation)));
  const platform = { os: 'unknown', architecture: 'unknown' };
  const manifests = [...images.map(describeImage), { ...manifest.descriptor, platform }];
  const index = { annotations: { by: 'test' }, schemaVersion: 2, mediaType: OCI.index, manifests };
  const blob = makeBlob(OCI.index, Buffer.from(JSON.stringify(index, null, 3)));
  return { blob, others: [{ manifest, blobs: [config, document] }] };
}

async function checkWhole(store: ImageStore, reference: string, index: PublishedIndex): Promise<void> {
  expect(await store.findPlatforms(reference)).toHaveLength(2);
  const found = await store.findIndex?.(reference);
  expect(found?.blob.descriptor.digest).toBe(index.blob.descriptor.digest);
  const document = found?.others[0]?.blobs.at(-1) as Blob;
  expect((await readBlob(document)).equals(ATTESTED)).toBe(true);
}

describeIfMet('docker-registry', findMissingProgram('docker-registry'))('a published index', () => {
  test('keeps its digest, its attestations and what is attached to it from place to place', async () => {
    await using registry = await startRegistry();
    const images = await Promise.all(
      ['amd64', 'arm64'].map((architecture) => makeSampleImage({ architecture })),
    );
    const index = makePublishedIndex(images);
    const first = `${registry.host}/team/wide:1`;
    const { store } = locateImage(first, makeContext());
    await store.writeImage(first, images, index);
    const { descriptor } = index.blob;
    const signature = makeReferrer(descriptor, SIGNATURE, Buffer.from('{}'));
    await store.referrers?.writeReferrer(first, signature);

    const places = [first, `oci:${folder}/layout`, `${folder}/wide.tar`, 'wide:local'];
    for (const [i, to] of [...places, `${registry.host}/other/wide:1`].entries()) {
      if (i === 0) continue;
      const from = places[i - 1] as string;
      const copied = await copyImage(from, to, makeContext(), () => {});
      expect(copied.digest).toBe(descriptor.digest);
      const { store: there, reference } = locateImage(to, makeContext());
      await checkWhole(there, reference, index);
    }
    const layout = locateImage(`oci:${folder}/layout`, makeContext()).store.referrers;
    const attached = await layout?.findReferrers('', descriptor.digest);
    expect(attached?.map(({ descriptor: { artifactType } }) => artifactType)).toEqual([SIGNATURE]);
  });
});
