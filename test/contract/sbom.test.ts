// The bill of materials goes with its image: built, pushed, pulled, and read back, always the same document.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packArtifact } from '../../src/build/pack-artifact.ts';
import { SBOM_TYPE } from '../../src/build/sbom.ts';
import { copyImage } from '../../src/image/copy-image.ts';
import { readBlob } from '../../src/image/digest.ts';
import type { Blob } from '../../src/image/image.ts';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import type { ReferrerStore } from '../../src/image/referrer.ts';
import { makeRegistryStore } from '../../src/image/registry/store.ts';
import { startRegistry } from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleArtifact } from '../support/sample-artifact.ts';
import { makeSampleImage } from '../support/sample-image.ts';
import { findSbomProblem } from '../support/sbom-schema.ts';

interface Sbom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly version: string } };
  readonly components: readonly { readonly name: string; readonly purl?: string }[];
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sbom-'));
  await writeFile(join(folder, 'program.js'), 'export {};');
  const packages = [{ name: '@scope/one', version: '1.2.3', license: 'MIT' }];
  await writeFile(join(folder, 'packages.json'), JSON.stringify(packages));
  await makeLayoutStore(join(folder, 'base'), { removesUnusedBlobs: false }).writeImage('', [
    await makeSampleImage(),
  ]);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function pack(name: string, artifact = makeSampleArtifact()) {
  const request = { tags: [name], stores: [], platforms: [], base: `oci:${folder}/base`, ...makeContext() };
  return await packArtifact(artifact, { ...request, programPath: join(folder, 'program.js') }, () => {});
}

function makeContext() {
  return { dataDir: join(folder, 'data'), env: { DOCKER_HOST: `unix://${folder}/no-engine` } };
}

function openLocal(): ReferrerStore {
  const store = makeLayoutStore(join(folder, 'data/images'), { removesUnusedBlobs: true });
  return store.referrers as ReferrerStore;
}

async function readSboms(store: ReferrerStore, reference: string, digest: string): Promise<readonly Sbom[]> {
  const found = await store.findReferrers(reference, digest);
  expect(found.every(({ descriptor }) => descriptor.artifactType === SBOM_TYPE)).toBe(true);
  const texts = await Promise.all(found.map(({ blobs }) => readBlob(blobs.at(-1) as Blob)));
  return texts.map((text) => JSON.parse(text.toString()) as Sbom);
}

describe('the bill of materials of an image', () => {
  test('names the image by its digest, the program and every package in it', async () => {
    const { digest } = await pack('demo:1');
    const [sbom, ...others] = await readSboms(openLocal(), 'demo:1', digest);
    expect(others).toEqual([]);
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { version: digest } } });
    const names = sbom?.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['@scope/one', 'base', 'database-artifact-factory']));
    expect(sbom?.components.find(({ name }) => name === '@scope/one')?.purl).toBe(
      'pkg:npm/%40scope/one@1.2.3',
    );
  });

  test('is what the schema of CycloneDX asks for', async () => {
    const { digest } = await pack('demo:1');
    const [referrer] = await openLocal().findReferrers('demo:1', digest);
    const text = (await readBlob(referrer?.blobs.at(-1) as Blob)).toString();
    expect(await findSbomProblem(text)).toBeUndefined();
    expect(await findSbomProblem(text.replace('"container"', '"barrel"'))).toBeDefined();
  });

  test('is the same each time, and is there once', async () => {
    const { digest } = await pack('demo:1');
    const [first] = await openLocal().findReferrers('demo:1', digest);
    await pack('demo:1');
    const again = await openLocal().findReferrers('demo:1', digest);
    expect(again.map(({ descriptor }) => descriptor.digest)).toEqual([first?.descriptor.digest]);
  });

  test('goes when its image goes', async () => {
    const { digest } = await pack('demo:1');
    await pack('demo:1', makeSampleArtifact('title = Other'));
    expect(await openLocal().findReferrers('demo:1', digest)).toEqual([]);
  });
});

describeIfMet('docker-registry', findMissingProgram('docker-registry'))('in a registry', () => {
  test('it is pushed and pulled with the image, whose digest stays', async () => {
    await using registry = await startRegistry();
    const { digest } = await pack('demo:1');
    const target = `${registry.host}/team/demo:1`;
    await copyImage('demo:1', target, makeContext(), () => {});
    const remote = makeRegistryStore({ env: {} }).referrers as ReferrerStore;
    expect(await readSboms(remote, target, digest)).toHaveLength(1);
    const again = await copyImage('demo:1', target, makeContext(), () => {});
    expect(again).toMatchObject({ digest, writtenBytes: 0 });
    await copyImage(target, `oci:${folder}/pulled`, makeContext(), () => {});
    const pulled = makeLayoutStore(join(folder, 'pulled'), { removesUnusedBlobs: false });
    expect((await pulled.findImage(''))?.digest).toBe(digest);
    expect(await readSboms(pulled.referrers as ReferrerStore, '', digest)).toHaveLength(1);
  });
});
