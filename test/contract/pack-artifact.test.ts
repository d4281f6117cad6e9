// Artifacts' images as a whole: the same bytes each time, nothing of this machine in them, and they run.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SPEC_VERSION } from '../../src/artifact/spec.ts';
import { type PackRequest, packArtifact } from '../../src/build/pack-artifact.ts';
import { readArtifact } from '../../src/build/read-artifact.ts';
import { yieldOnce } from '../../src/image/chunks.ts';
import { collectBytes, readBlob } from '../../src/image/digest.ts';
import { findReferrers, getImage } from '../../src/image/find-image.ts';
import type { Blob, Image } from '../../src/image/image.ts';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { makeRegistryStore } from '../../src/image/registry/store.ts';
import { readTar } from '../../src/image/tar-reader.ts';
import { findEngineObstacle, startEngine, startRegistry } from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleArtifact } from '../support/sample-artifact.ts';
import { makeSampleImage } from '../support/sample-image.ts';
import { findSbomProblem } from '../support/sbom-schema.ts';

const PROGRAM = `
import { readFileSync, writeFileSync } from 'node:fs';
const input = readFileSync(0, 'utf8');
const file = process.env.AWS_SHARED_CREDENTIALS_FILE;
const tryWrite = () => { try { writeFileSync('/app/x', ''); return 'written'; } catch (e) { return e.code; } };
console.log(JSON.stringify({
  args: process.argv.slice(2), uid: process.getuid(), spec: process.env.DB_ARTIFACT_IMAGE_SPEC,
  artifact: JSON.parse(readFileSync(process.env.DB_ARTIFACT_IMAGE_SPEC, 'utf8')).spec.source.clusterId,
  inputBytes: input.length, credentials: file && readFileSync(file, 'utf8'), region: process.env.AWS_REGION,
  write: tryWrite(),
}));
process.exitCode = 7;
`;

let warm: string;
let folder: string;
beforeAll(async () => {
  warm = folder = await mkdtemp(join(tmpdir(), 'pack-warm-'));
  await writeFile(join(folder, 'program.js'), PROGRAM);
  await pack();
});
afterAll(async () => {
  await rm(warm, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pack-'));
  await writeFile(join(folder, 'program.js'), PROGRAM);
  const copy = { recursive: true, preserveTimestamps: true };
  await cp(join(warm, 'data/cache'), join(folder, 'data/cache'), copy);
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

async function readLayers(image: Image): Promise<readonly Buffer[]> {
  return await Promise.all(
    image.layers.map(async (layer) => {
      const gunzip = createGunzip();
      gunzip.end(await collectBytes(layer.open()));
      return await collectBytes(gunzip);
    }),
  );
}

describe("an image on this machine's own Node", () => {
  test('has the same digest in another folder, at another time, with other permissions, from the cache or not', async () => {
    const first = await pack();
    const cached = await pack({ tags: ['other:1'] });
    expect(cached.digest).toBe(first.digest);
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    const programPath = join(elsewhere, 'main.mjs');
    await writeFile(programPath, PROGRAM);
    await chmod(programPath, 0o600);
    await utimes(programPath, new Date(0), new Date(0));
    const before = process.umask(0o077);
    try {
      const again = await pack({ dataDir: join(elsewhere, 'data'), programPath });
      expect(again.digest).toBe(first.digest);
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
    const [, ...ownLayers] = await readLayers(image);
    for (const bytes of [image.manifestBytes, image.configBytes, ...ownLayers]) {
      const text = Buffer.from(bytes).toString('latin1');
      expect(canaries.filter((canary) => canary.length > 5 && text.includes(canary))).toEqual([]);
    }
    const base = (await readLayers(image))[0] as Buffer;
    expect(canaries.slice(0, 3).filter((canary) => base.includes(canary as string))).toEqual([]);
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
    const [base] = await readLayers(await getImage('db-artifact', makeRequest()));
    const paths = [];
    for await (const { path } of readTar(yieldOnce(base as Buffer))) paths.push(path);
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
    const expected = (await pack({ dataDir: join(folder, 'expected') })).digest;
    const child = join(import.meta.dirname, '../support/pack-child.ts');
    for (const afterMs of [700, 1200, 1700, 2200]) {
      const args = ['--import', 'tsx', child, join(folder, 'data'), join(folder, 'program.js')];
      const running = spawn(process.execPath, args, { stdio: 'ignore' });
      const timer = setTimeout(() => running.kill('SIGKILL'), afterMs);
      await new Promise((resolve) => running.once('exit', resolve));
      clearTimeout(timer);
    }
    expect((await pack()).digest).toBe(expected);
    const image = await getImage('db-artifact', makeRequest());
    expect(await readArtifact(image)).toEqual(makeSampleArtifact());
    expect(await readLayers(image)).toHaveLength(3);
  });
});

describeIfMet('dockerd', findEngineObstacle())('in a Docker engine', () => {
  test('an artifact runs with few rights, and its secrets are in no argument', async () => {
    await using engine = await startEngine();
    const env = { ...process.env, DOCKER_HOST: engine.url };
    const packed = await pack({ env, tags: ['demo:1'] });
    expect(packed.references).toEqual(['demo:1', 'docker:demo:1']);
    const script = join(import.meta.dirname, '../support/run-image-child.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, 'demo:1'], { env, stdio: 'pipe' });
    const output = await collectBytes(child.stdout);
    const status = await new Promise((resolve) => child.once('exit', resolve));
    expect(JSON.parse(output.toString())).toEqual({
      args: ['converge', '--db-password-stdin'],
      uid: 1000,
      spec: '/artifact/artifact.json',
      artifact: 'orders',
      inputBytes: 'the password\n'.length,
      credentials: '[default]\naws_access_key_id = x\n',
      region: 'eu-central-1',
      write: 'EROFS',
    });
    expect(status).toBe(7);
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
