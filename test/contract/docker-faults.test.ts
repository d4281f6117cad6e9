// What can be wrong around an engine and with the disks: each is one clear error with a hint, and nothing is left half.
import { createHash, randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeArchiveStore } from '../../src/image/archive-store.ts';
import { makeDockerStore } from '../../src/image/docker/store.ts';
import { makeLayoutStore } from '../../src/image/layout-store.ts';
import { type RunResult, runProgram } from '../../src/run.ts';
import { makeCertificate } from '../support/certificates.ts';
import { findEngineObstacle, startEngine } from '../support/image-servers.ts';
import { describeIfMet } from '../support/needs.ts';
import { programPath } from '../support/program.ts';
import { findFreePort } from '../support/programs.ts';
import { makeLargeImage, makeSampleImage } from '../support/sample-image.ts';
import { mountSmallDisk } from '../support/small-disk.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const NOBODY = 65534;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-faults-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function runAs(id: number, args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunResult> {
  return await runProgram(process.execPath, [programPath, ...args], { env, uid: id, gid: id });
}

async function find(env: NodeJS.ProcessEnv): Promise<unknown> {
  return await makeDockerStore(env).findImage('demo:1');
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

/** As `docker context create` writes it; its name is `remote`. */
async function writeContext(host: string, tlsFiles: Record<string, string> = {}): Promise<NodeJS.ProcessEnv> {
  const id = createHash('sha256').update('remote').digest('hex');
  const [meta, tls] = [join(folder, 'contexts/meta', id), join(folder, 'contexts/tls', id, 'docker')];
  await mkdir(meta, { recursive: true });
  await mkdir(tls, { recursive: true });
  const document = { Name: 'remote', Metadata: {}, Endpoints: { docker: { Host: host } } };
  await writeFile(join(meta, 'meta.json'), JSON.stringify(document));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ currentContext: 'remote' }));
  for (const [name, path] of Object.entries(tlsFiles)) await copyFile(path, join(tls, name));
  return { DOCKER_CONFIG: folder };
}

describe('an engine', () => {
  test('that is not running is said to be so', async () => {
    await expect(find({ DOCKER_HOST: `unix://${folder}/none` })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(`no Docker engine answers at ${folder}/none`),
      hint: 'Start Docker, or set DOCKER_HOST.',
    });
    await expect(find({ DOCKER_HOST: 'tcp://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: 'Start Docker, or set DOCKER_HOST.',
    });
  });

  test('of a context that is not there, or over SSH, is refused with what to do', async () => {
    const env = await writeContext('ssh://host');
    await expect(find({ ...env, DOCKER_CONTEXT: 'other' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `Docker's context "other" leads to no engine`,
      hint: 'List the contexts with: docker context ls',
    });
    await expect(find(env)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'the Docker engine at ssh://host cannot be reached directly',
      hint: expect.stringContaining('docker load'),
    });
  });

  test('is the one of DOCKER_HOST, whatever the context says', async () => {
    const env = { ...(await writeContext('ssh://host')), DOCKER_HOST: `unix://${folder}/none` };
    await expect(find(env)).rejects.toThrow(`${folder}/none`);
    await expect(find({ ...env, DOCKER_HOST: '', DOCKER_CONTEXT: 'default' })).rejects.not.toThrow('ssh');
  });
});

describeIfMet('root', isRoot ? undefined : 'only root can be somebody else')('as somebody else', () => {
  test('a socket that one may not use is said to be so', async () => {
    const socket = join(folder, 'socket');
    const server = await listen(socket);
    try {
      await chmod(folder, 0o755);
      await chmod(socket, 0o600);
      const env = { ...process.env, DOCKER_HOST: `unix://${socket}`, HOME: folder };
      const { status, stderr } = await runAs(NOBODY, ['inspect', 'docker:demo'], env);
      expect(stderr).toMatch(/^error: no Docker engine answers at .*EACCES/);
      expect(stderr).toMatch(/^Hint: You may not use that socket: join the group docker/m);
      expect(status).toBe(1);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describeIfMet('root', isRoot ? undefined : 'only root can mount a small disk')('on a full disk', () => {
  test('a layout and an archive are not begun, or stay as they were', async () => {
    await using disk = await mountSmallDisk(join(folder, 'disk'), '1m');
    const archive = join(disk.path, 'image.tar');
    const layout = makeLayoutStore(join(disk.path, 'layout'), { removesUnusedBlobs: false });
    await layout.writeImage('demo:1', [await makeSampleImage()]);
    const large = await makeLargeImage(randomBytes(2_000_000));
    for (const store of [layout, makeArchiveStore(archive)]) {
      await expect(store.writeImage('demo:2', [large])).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringContaining('no space left on device'),
        hint: expect.stringContaining('Make room'),
      });
    }
    expect((await layout.listImages()).map(({ name }) => name)).toEqual(['demo:1']);
    expect(await layout.findImage('demo:1')).toBeDefined();
    expect(await readdir(disk.path)).toEqual(['layout']);
    const left = await readdir(join(disk.path, 'layout'), { recursive: true });
    expect(left.filter((name) => name.includes('temporary'))).toEqual([]);
  });
});

describeIfMet('dockerd', findEngineObstacle())('an engine with TLS and little room', () => {
  test('takes a small image by its context and its variables, and says that a large one has no room', async () => {
    const { certificatePath, keyPath } = makeCertificate(folder, 'localhost');
    const port = await findFreePort();
    const tls = { 'ca.pem': certificatePath, 'cert.pem': certificatePath, 'key.pem': keyPath };
    const files = ['--tlscacert', certificatePath, '--tlscert', certificatePath, '--tlskey', keyPath];
    await using disk = await mountSmallDisk(join(folder, 'disk'), '24m');
    const args = ['-H', `tcp://127.0.0.1:${port}`, '--tlsverify', ...files];
    await using _engine = await startEngine({ dataFolder: disk.path, args });

    const env = await writeContext(`tcp://127.0.0.1:${port}`, tls);
    const store = makeDockerStore(env);
    await store.writeImage('demo:1', [await makeSampleImage()]);
    expect((await store.listImages()).map(({ name }) => name)).toEqual(['demo:1']);
    for (const [name, path] of Object.entries(tls)) await copyFile(path, join(folder, name));
    const DOCKER_HOST = `tcp://127.0.0.1:${port}`;
    const variables = { DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    expect(await makeDockerStore(variables).findImage('demo:1')).toBeDefined();
    await expect(find({ DOCKER_HOST })).rejects.toMatchObject({ code: 'STORE_FAILED' });

    const load = store.writeImage('demo:2', [await makeLargeImage(new Uint8Array(64_000_000))]);
    await expect(load).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('no space left on device'),
      hint: expect.stringContaining('docker image prune'),
    });
    expect((await store.listImages()).map(({ name }) => name)).toEqual(['demo:1']);
  });
});
