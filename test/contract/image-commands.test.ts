// The verbs that move images, against a real registry: what arrives is what was sent, and it is found by digest.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { runCli } from '../support/command-line.ts';
import { startRegistry, type TestRegistry } from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { findMissingProgram } from '../support/programs.ts';
import { makeSampleImage } from '../support/sample-image.ts';

let registry: TestRegistry;
let dataDir: string;

async function run(...args: string[]) {
  const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
  const { status, stdout, stderr } = await runCli([...args, '--json'], { env, dataDir });
  return { status, stderr, document: JSON.parse(stdout) as Record<string, unknown> };
}

describeIfMet('docker-registry', findMissingProgram('docker-registry'))('with a registry', () => {
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'image-commands-'));
  });
  afterEach(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  test('an image is pushed, and pulled by digest under a name of its own', async () => {
    const image = await makeSampleImage();
    const local = makeLayoutStore(join(dataDir, 'images'), { removesUnusedBlobs: true });
    await local.writeImage('demo:1', [image]);
    const target = `${registry.host}/team/orders:1`;
    const pushed = await run('push', 'demo:1', target);
    expect(pushed.document).toMatchObject({ digest: image.digest, reference: target });
    const pulled = await run('pull', `${registry.host}/team/orders@${image.digest}`);
    expect(pulled.document).toMatchObject({ digest: image.digest, name: 'orders:latest' });
    await run('pull', target, '--tag', 'mine:2');
    const { document } = await run('images');
    const names = (document['items'] as readonly { name: string }[]).map(({ name }) => name);
    expect(names.toSorted()).toEqual(['demo:1', 'mine:2', 'orders:latest']);
  });

  test('an image goes from store to store without an engine', async () => {
    const image = await makeSampleImage();
    const layout = join(dataDir, 'layout');
    await makeLayoutStore(layout, { removesUnusedBlobs: false }).writeImage('', [image]);
    const target = `${registry.host}/team/layout:1`;
    expect((await run('push', `oci:${layout}`, target)).status).toBe(0);
    const archived = await run('push', target, join(dataDir, 'image.tar'));
    expect(archived.document['digest']).toBe(image.digest);
    const pulled = await run('pull', join(dataDir, 'image.tar'), '--tag', 'back:1');
    expect(pulled.document['digest']).toBe(image.digest);
  });

  test('a missing image and a missing name are said', async () => {
    const missing = await run('pull', `${registry.host}/team/nobody:1`);
    expect(missing).toMatchObject({ status: 3, document: { code: 'NOT_FOUND' } });
    const unnamed = await run('pull', 'image.tar');
    expect(unnamed).toMatchObject({ status: 2, document: { code: 'BAD_INVOCATION' } });
  });
});
