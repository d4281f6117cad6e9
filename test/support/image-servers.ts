// A real Docker engine and a real registry for tests, each with folders of its own.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callEngine, type EngineAddress, isEngineRunning } from '../../src/image/docker/engine.ts';
import { findFreePort, findMissingProgram, startProgram } from './programs.ts';

export interface TestEngine extends AsyncDisposable {
  readonly address: EngineAddress;
  /** For DOCKER_HOST. */
  readonly url: string;
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly log: () => string;
}

export function findEngineObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start dockerd';
  return findMissingProgram('dockerd') ?? findMissingProgram('containerd');
}

export function findPodmanObstacle(): string | undefined {
  return process.getuid?.() === 0 ? findMissingProgram('podman') : 'only root has a store for podman here';
}

export interface EngineOptions {
  /** Default: a folder of its own. */
  readonly dataFolder?: string;
  /** More for dockerd, such as a place where it listens with TLS. */
  readonly args?: readonly string[];
}

export async function startEngine(options: EngineOptions = {}): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const socketPath = join(folder, 'socket');
  const url = `unix://${socketPath}`;
  const dataFolder = options.dataFolder ?? join(folder, 'data');
  const args = ['--data-root', dataFolder, '--exec-root', join(folder, 'exec'), ...(options.args ?? [])];
  args.push(
    '--pidfile',
    join(folder, 'pid'),
    '-H',
    url,
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
  );
  const program = await startProgram('dockerd', args, () => isEngineRunning({ socketPath }));
  return {
    address: { socketPath },
    url,
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      unmountBelow(dataFolder);
      unmountBelow(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Podman's API, which answers as Docker's. */
export async function startPodman(): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'podman-'));
  const socketPath = join(folder, 'socket');
  const url = `unix://${socketPath}`;
  const store = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  const args = [...store, '--cgroup-manager', 'cgroupfs', 'system', 'service', '--time=0', url];
  const program = await startProgram('podman', args, () => isEngineRunning({ socketPath }));
  return {
    address: { socketPath },
    url,
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      unmountBelow(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Removes every image, so that a test begins with an empty engine. */
export async function removeImage(engine: TestEngine, name: string): Promise<void> {
  const response = await callEngine(engine.address, { method: 'DELETE', path: `/images/${name}?force=true` });
  response.resume();
}

/** `http`: more of the section `http` of the registry's own configuration, such as `, tls: {...}`. */
export async function startRegistry(http = ''): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-'));
  const host = `127.0.0.1:${await findFreePort()}`;
  const config = join(folder, 'config.yml');
  await writeFile(
    config,
    `version: 0.1
log: {level: debug, formatter: text}
storage: {filesystem: {rootdirectory: ${folder}/data}}
http: {addr: "${host}"${http}}
`,
  );
  const isReady = async () => await canConnect(host);
  const program = await startProgram('docker-registry', ['serve', config], isReady);
  return {
    host,
    log: program.output,
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function canConnect(host: string): Promise<boolean> {
  const socket = connect(Number(host.split(':')[1]), '127.0.0.1');
  return (await new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy())) as boolean;
}

function unmountBelow(folder: string): void {
  const mounts = execFileSync('cat', ['/proc/mounts']).toString().split('\n');
  const points = mounts
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse()) execFileSync('umount', ['-l', point]);
}
