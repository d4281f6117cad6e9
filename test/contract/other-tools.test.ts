// Other tools read what is written here, and give it the same digest.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeArchiveStore } from '../../src/image/archive-store.ts';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleImage } from '../support/sample-image.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tools-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

test('tar lists the content of an archive', async () => {
  const path = join(folder, 'image.tar');
  await makeArchiveStore(path).writeImage('demo:1', [await makeSampleImage()]);
  const listed = run('tar', '-tf', path).split('\n').slice(0, 5);
  expect(listed).toEqual(['oci-layout', 'index.json', 'manifest.json', 'blobs/', 'blobs/sha256/']);
});

describeIfMet('skopeo', findMissingProgram('skopeo'))('skopeo', () => {
  test('reads a layout and an archive', async () => {
    const image = await makeSampleImage();
    const path = join(folder, 'image.tar');
    await makeArchiveStore(path).writeImage('demo:1', [image]);
    await makeLayoutStore(join(folder, 'out'), { removesUnusedBlobs: false }).writeImage('', [image]);
    const inspect = (place: string) => JSON.parse(run('skopeo', 'inspect', place)) as { Digest: string };
    expect(inspect(`oci-archive:${path}`).Digest).toBe(image.digest);
    expect(inspect(`oci:${folder}/out:latest`).Digest).toBe(image.digest);
    expect(JSON.parse(run('skopeo', 'inspect', '--config', `docker-archive:${path}`))).toEqual(image.config);
  });

  test('writes archives that are read here', async () => {
    const image = await makeSampleImage();
    const [own, oci, docker] = ['own.tar', 'oci.tar', 'docker.tar'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await makeArchiveStore(own).writeImage('demo:1', [image]);
    run('skopeo', 'copy', `oci-archive:${own}`, `oci-archive:${oci}`);
    run('skopeo', 'copy', `oci-archive:${own}`, `docker-archive:${docker}:demo:1`);
    expect((await makeArchiveStore(oci).findImage(''))?.digest).toBe(image.digest);
    expect((await makeArchiveStore(docker).findImage(''))?.config).toEqual(image.config);
  });
});
