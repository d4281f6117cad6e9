// Tools that build the same image: `docker build`, classic and BuildKit, and npm's containerify. Each is a process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface BuildJob {
  readonly title: string;
  /** Nothing is cached. */
  readonly isCold: boolean;
  /** What the image stands on: Node of this machine, or the same as an image in the registry. */
  readonly base: 'host' | 'registry';
  readonly target: 'store' | 'archive' | 'registry' | 'engine';
}

export interface Peer {
  readonly name: string;
  canDo(job: BuildJob): boolean;
  /** Forgets what a cold job must not find; not timed. */
  prepare?(job: BuildJob, run: number): Promise<void>;
  build(job: BuildJob, run: number): Promise<void>;
}

export interface PeerPlace {
  /** With `base.tar.gz`, `program.js` and `artifact.json`. */
  readonly folder: string;
  readonly registryHost: string;
  /** `REPOSITORY:TAG` of the base in the registry. */
  readonly base: string;
  readonly engineUrl: string;
}

const CONTENT = [
  'COPY program.js /app/program.js',
  'COPY artifact.json /artifact/artifact.json',
  'USER 1000:1000',
  'ENTRYPOINT ["node", "/app/program.js"]',
];

/** The same three layers. A base of this machine is there for it as a compressed tar, which it unpacks. */
export function makeDockerPeer(place: PeerPlace, program: string, buildKit: 0 | 1): Peer {
  const env = { ...process.env, DOCKER_HOST: place.engineUrl, DOCKER_BUILDKIT: String(buildKit) };
  const docker = async (...args: string[]) => await runProcess(program, args, env);
  const bases = {
    host: ['FROM scratch', 'ADD base.tar.gz /'],
    registry: [`FROM ${place.registryHost}/${place.base}`],
  };
  for (const [base, lines] of Object.entries(bases)) {
    writeFileSync(join(place.folder, `Dockerfile.${base}`), [...lines, ...CONTENT, ''].join('\n'));
    // Another context for each: the base is sent to the engine only where it is used.
    writeFileSync(
      join(place.folder, `Dockerfile.${base}.dockerignore`),
      base === 'host' ? '' : 'base.tar.gz\n',
    );
  }
  return {
    name: `docker build, ${buildKit ? 'BuildKit' : 'classic'}`,
    canDo: () => true,
    prepare: async ({ isCold }) => {
      writeArtifact(place);
      if (!isCold) return;
      await docker('system', 'prune', '-af');
      // Where it has pushed layers to, which outlives them: later pushes would only mount them.
      const data = join(dirname(place.engineUrl.slice('unix://'.length)), 'data');
      rmSync(join(data, 'image/overlay2/distribution'), { recursive: true, force: true });
    },
    build: async ({ base, isCold, target }, run) => {
      const tag = `${place.registryHost}/peer${buildKit}-${base}-${isCold ? run : 'warm'}/shop:${run}`;
      const dockerfile = join(place.folder, `Dockerfile.${base}`);
      await docker('build', '-q', '-f', dockerfile, '-t', tag, place.folder);
      if (target === 'registry') await docker('push', '-q', tag);
      if (target === 'archive') await docker('save', '-o', join(place.folder, '..', 'saved.tar'), tag);
    },
  };
}

/** On a base in a registry alone, which it keeps a copy of; it has no store of its own, and an archive comes nearest. */
export function makeContainerifyPeer(
  place: PeerPlace,
  programs: { readonly node: string; readonly containerify: string },
): Peer {
  const registry = `http://${place.registryHost}/v2/`;
  const archive = ['--toTar', join(place.folder, '..', 'containerify.tar')];
  const targets = {
    registry: ['--toRegistry', registry, '--allowNoPushAuth', '--doCrossMount'],
    engine: ['--toDocker'],
    archive,
    store: archive,
  };
  const content = ['--customContent', 'program.js:/app/program.js', 'artifact.json:/artifact/artifact.json'];
  const from = ['--fromRegistry', registry, '--fromImage', place.base, '--folder', place.folder];
  const fixed = ['--user', '1000', '--workdir', '/app', '--entrypoint', 'node'];
  const time = ['--setTimeStamp', '1970-01-01T00:00:00Z'];
  return {
    name: 'containerify',
    canDo: ({ base }) => base === 'registry',
    prepare: async () => writeArtifact(place),
    build: async ({ isCold, target }, run) => {
      const id = isCold ? `${target}-${run}` : 'warm';
      const cache = ['--layerCacheFolder', join(place.folder, '..', `containerify-${id}`)];
      const image = ['--toImage', `containerify-${id}/shop:${run}`];
      const args = [...from, ...image, ...content, ...fixed, ...time, ...cache, ...targets[target]];
      const env = { ...process.env, DOCKER_HOST: place.engineUrl };
      await runProcess(programs.node, [programs.containerify, ...args], env);
    },
  };
}

/** It needs Node 22, which npm has too. Undefined where they cannot be had. */
export async function installContainerify(folder: string) {
  mkdirSync(folder);
  const packages = ['containerify@4', `node-linux-${process.arch}@22`];
  try {
    await runProcess('npm', ['install', '--prefix', folder, '--no-save', ...packages], process.env);
  } catch (error) {
    console.error(`containerify is not measured: ${String(error)}`);
    return undefined;
  }
  const modules = join(folder, 'node_modules');
  return {
    node: join(modules, `node-linux-${process.arch}/bin/node`),
    containerify: join(modules, 'containerify/lib/cli.js'),
  };
}

export function preparePlace(place: PeerPlace, base: Uint8Array, programPath: string): void {
  mkdirSync(place.folder);
  cpSync(programPath, join(place.folder, 'program.js'));
  writeFileSync(join(place.folder, 'base.tar.gz'), base);
  writeArtifact(place);
}

/** Another one each time. */
function writeArtifact(place: PeerPlace): void {
  writeFileSync(join(place.folder, 'artifact.json'), JSON.stringify({ name: 'shop', at: performance.now() }));
}

export async function runProcess(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${program}: ${said.trim().split('\n').slice(0, 2).join(' ')}`);
}
