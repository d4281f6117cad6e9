// Artifacts' images as a whole: the same bytes each time, nothing of this machine in them, and they run.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SPEC_VERSION } from '../../src/artifact/spec.ts';
import { type PackRequest, packArtifact } from '../../src/build/pack-artifact.ts';
import { readArtifact } from '../../src/build/read-artifact.ts';
import { yieldOnce } from '../../src/image/chunks.ts';
import { openChecked, readBlob } from '../../src/image/digest.ts';
import { findReferrers, getImage } from '../../src/image/find-image.ts';
import type { Blob, Image } from '../../src/image/image.ts';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { makeRegistryStore } from '../../src/image/registry/store.ts';
import { readTar } from '../../src/image/tar-reader.ts';
import { startRegistry } from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleArtifact } from '../support/sample-artifact.ts';
import { makeSampleImage } from '../support/sample-image.ts';
import { SAMPLE_PROGRAM } from '../support/sample-program.ts';
import { findSbomProblem } from '../support/sbom-schema.ts';
import { waitFor } from '../support/wait.ts';

const KEEPING_TIMES = { recursive: true, preserveTimestamps: true };

let warm: string;
let folder: string;
/** Of an image that was made without a cache. */
let coldDigest: string;
beforeAll(async () => {
  warm = folder = await mkdtemp(join(tmpdir(), 'pack-warm-'));
  await writeFile(join(folder, 'program.js'), SAMPLE_PROGRAM);
  coldDigest = (await pack()).digest;
});
afterAll(async () => {
  await rm(warm, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pack-'));
  await writeFile(join(folder, 'program.js'), SAMPLE_PROGRAM);
  await cp(join(warm, 'data/cache'), join(folder, 'data/cache'), KEEPING_TIMES);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function makeRequest(changes: Partial<PackRequest> = {}): PackRequest {
  return {
    tags: [],
    stores: [],
    platforms: [],
    dataDir: join(folder, 'data'),
    programPath: join(folder, 'program.js'),
    env: { DOCKER_HOST: `unix://${folder}/no-engine` },
    ...changes,
  };
}

async function pack(changes: Partial<PackRequest> = {}, artifact = makeSampleArtifact()) {
  return await packArtifact(artifact, makeRequest(changes), () => {});
}

async function unpack(layer: Blob | undefined): Promise<Buffer> {
  return gunzipSync(await readBlob(layer as Blob));
}

describe("an image on this machine's own Node", () => {
  // Also without a cache and for another user: test/e2e/docker.test.ts.
  test('has the same digest in another folder, at another time, with other permissions', async () => {
    const cached = await pack({ tags: ['other:1'] });
    expect(cached.digest).toBe(coldDigest);
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    const programPath = join(elsewhere, 'main.mjs');
    await writeFile(programPath, SAMPLE_PROGRAM);
    await chmod(programPath, 0o600);
    await utimes(programPath, new Date(0), new Date(0));
    const before = process.umask(0o077);
    try {
      await cp(join(folder, 'data/cache'), join(elsewhere, 'data/cache'), KEEPING_TIMES);
      const again = await pack({ dataDir: join(elsewhere, 'data'), programPath });
      expect(again.digest).toBe(coldDigest);
    } finally {
      process.umask(before);
    }
  });

  test('has another digest for another artifact, program or time', async () => {
    const { digest } = await pack();
    const env = { ...makeRequest().env, SOURCE_DATE_EPOCH: '1700000000' };
    expect((await pack({ env })).digest).not.toBe(digest);
    expect((await pack({}, makeSampleArtifact('title = Other'))).digest).not.toBe(digest);
    await writeFile(join(folder, 'program.js'), 'other');
    expect((await pack()).digest).not.toBe(digest);
  });

  // Also in the base: test/e2e/docker.test.ts.
  test('holds nothing of the environment, the user or the folders of the machine', async () => {
    const canaries = [
      'CANARY-password',
      'CANARY-secret-key',
      'CANARY-token',
      folder,
      hostname(),
      userInfo().homedir,
    ];
    const env = {
      ...makeRequest().env,
      DB_PASSWORD: canaries[0],
      AWS_SECRET_ACCESS_KEY: canaries[1],
      AWS_SESSION_TOKEN: canaries[2],
    };
    await pack({ env });
    const image = await getImage('db-artifact', makeRequest());
    const ownLayers = await Promise.all(image.layers.slice(1).map(unpack));
    for (const bytes of [image.manifestBytes, image.configBytes, ...ownLayers]) {
      const text = Buffer.from(bytes).toString('latin1');
      expect(canaries.filter((canary) => canary.length > 5 && text.includes(canary))).toEqual([]);
    }
  });

  test('says what it is in labels, and the standard part in annotations too', async () => {
    await pack({}, makeSampleArtifact('title = Orders\n[publisher]\ncontact = team@example.org'));
    const { config, manifest } = await getImage('db-artifact', makeRequest());
    expect(config.config?.Labels).toMatchObject({
      'io.db-artifact.spec-version': String(SPEC_VERSION),
      'io.db-artifact.minimum-tool-version': '1.0.0',
      'io.db-artifact.modes': 'clone,create',
      'io.db-artifact.engine': 'aurora-postgresql 16.4',
      'io.db-artifact.contact': 'team@example.org',
      'org.opencontainers.image.title': 'Orders',
    });
    expect(manifest.annotations).toMatchObject({
      'org.opencontainers.image.title': 'Orders',
      'org.opencontainers.image.created': '1970-01-01T00:00:00Z',
    });
  });

  test('brings time zones, and lists what it took of the machine with versions', async () => {
    await pack();
    const base = await unpack((await getImage('db-artifact', makeRequest())).layers[0]);
    const paths = [];
    for await (const { path } of readTar(yieldOnce(base))) paths.push(path);
    expect(paths).toContain('usr/local/bin/node');
    const zones = existsSync('/usr/share/zoneinfo/Europe/Berlin');
    expect(paths.includes('usr/share/zoneinfo/Europe/Berlin')).toBe(zones);
    expect(paths.filter((path) => /zoneinfo\/(right|posix|localtime)/.test(path))).toEqual([]);
    const context = makeRequest();
    const { digest } = await getImage('db-artifact', context);
    const [sbom] = await findReferrers('db-artifact', context, digest);
    const text = (await readBlob(sbom?.blobs.at(-1) as Blob)).toString();
    expect(await findSbomProblem(text)).toBeUndefined();
    const { components } = JSON.parse(text) as { components: { name: string; version?: string }[] };
    expect(components).toContainEqual(
      expect.objectContaining({ name: 'node', version: process.versions.node }),
    );
    const named = components.map(({ name }) => name).join(' ');
    expect(named).toMatch(/libc/);
    expect(named).toMatch(/libstdc/);
  });

  test('is refused by a tool that is too old for it, which says what version is needed', async () => {
    await pack({}, { ...makeSampleArtifact(), specVersion: SPEC_VERSION + 1, minimumToolVersion: '7.8.9' });
    const read = readArtifact(await getImage('db-artifact', makeRequest()));
    await expect(read).rejects.toMatchObject({
      code: 'ARTIFACT_TOO_NEW',
      hint: expect.stringContaining('7.8.9'),
    });
  });

  test('is refused for a platform that this machine is not', async () => {
    await expect(pack({ platforms: ['linux/s390x'] })).rejects.toThrow('base "host" is linux/');
  });

  test('is made whole by the same command after it was killed', async () => {
    await rm(join(folder, 'data'), { recursive: true });
    const child = join(import.meta.dirname, '../support/pack-child.ts');
    for (const begun of ['cache/blobs/sha256', 'images/blobs/sha256', 'images/index.json']) {
      const args = ['--import', 'tsx', child, join(folder, 'data'), join(folder, 'program.js')];
      const running = spawn(process.execPath, args, { stdio: 'ignore' });
      const exited = new Promise((resolve) => running.once('exit', resolve));
      await waitFor(`${begun} has begun`, async () => existsSync(join(folder, 'data', begun)));
      running.kill('SIGKILL');
      await exited;
      // Beside what the first has left: the others need not compress a base before they get to write an image.
      await cp(join(warm, 'data/cache'), join(folder, 'data/cache'), KEEPING_TIMES);
    }
    expect((await pack()).digest).toBe(coldDigest);
    const image = await getImage('db-artifact', makeRequest());
    expect(await readArtifact(image)).toEqual(makeSampleArtifact());
    for (const layer of image.layers) for await (const _ of openChecked(layer));
  });
});

describeIfMet('docker-registry', findMissingProgram('docker-registry'))('on a base from a registry', () => {
  test('an image for two platforms shares its own layers and is pushed by kilobytes', async () => {
    await using registry = await startRegistry();
    const base = `${registry.host}/bases/node:1`;
    const bases = await Promise.all(
      ['amd64', 'arm64'].map((architecture) => makeSampleImage({ architecture })),
    );
    const store = makeRegistryStore({ env: {} });
    await store.writeImage(base, bases);
    const platforms = ['linux/amd64', 'linux/arm64'];
    const target = `${registry.host}/team/orders:1`;
    const packed = await pack({ base, platforms, stores: [target] });
    const [amd64, arm64] = (await store.findPlatforms(target)) as [Image, Image];
    expect(amd64.config.architecture).toBe('amd64');
    expect(arm64.config.architecture).toBe('arm64');
    expect(amd64.manifest.layers.slice(2)).toEqual(arm64.manifest.layers.slice(2));
    expect(amd64.manifest.annotations).toMatchObject({ 'org.opencontainers.image.base.name': base });
    expect(packed.references).toEqual(['db-artifact:latest', target]);
    const mounts = registry.log().match(/POST \/v2\/team\/orders\/blobs\/uploads\/\?mount=/g) ?? [];
    expect(mounts.length).toBeGreaterThan(0);
    const local = makeLayoutStore(join(folder, 'data/images'), { removesUnusedBlobs: true });
    expect(await local.findPlatforms('db-artifact:latest')).toHaveLength(2);
  });
});
