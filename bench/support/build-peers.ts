// Other tools that build the same image: `docker build`, classic and BuildKit, and npm's containerify. Each is a process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureMs, type Sample, sample } from './measure.ts';

export interface BuildJob {
  /** Nothing is cached. */
  readonly isCold: boolean;
  readonly target: 'store' | 'archive' | 'registry' | 'engine';
}

export interface Peer {
  readonly name: string;
  /** Undefined where the tool has no such job. */
  measure(job: BuildJob, runs: number): Promise<Sample | undefined>;
}

export interface PeerPlace {
  /** With `base.tar.gz` and `program.js`. */
  readonly folder: string;
  readonly registryHost: string;
  readonly engineUrl: string;
}

/** The same three layers: our base unpacked, the program and the artifact copied onto it. */
export function makeDockerPeer(place: PeerPlace, program: string, buildKit: 0 | 1): Peer {
  const env = { ...process.env, DOCKER_HOST: place.engineUrl, DOCKER_BUILDKIT: String(buildKit) };
  const docker = async (...args: string[]) => await runProcess(program, args, env);
  const lines = ['FROM scratch', 'ADD base.tar.gz /', 'COPY program.js /app/program.js'];
  lines.push('COPY artifact.json /artifact/artifact.json', 'USER 1000:1000');
  lines.push('ENTRYPOINT ["node", "/app/program.js"]');
  writeFileSync(join(place.folder, 'Dockerfile'), `${lines.join('\n')}\n`);
  const name = `docker build, ${buildKit ? 'BuildKit' : 'classic'}`;
  const measure = async ({ isCold, target }: BuildJob, runs: number) => {
    const flags = isCold ? ['--no-cache'] : [];
    return await measureRuns(name, place, runs, async (run) => {
      const tag = `${place.registryHost}/peer${buildKit}-${isCold ? run : 'warm'}/shop:${run}`;
      await docker('build', '-q', ...flags, '-t', tag, place.folder);
      if (target === 'registry') await docker('push', '-q', tag);
      if (target === 'archive') await docker('save', '-o', join(place.folder, '..', 'saved.tar'), tag);
    });
  };
  return { name, measure };
}

/** On the base in the registry, which it keeps a copy of; it has no store of its own, and an archive comes nearest. */
export function makeContainerifyPeer(
  place: PeerPlace,
  baseName: string,
  programs: { readonly node: string; readonly containerify: string },
): Peer {
  const registry = `http://${place.registryHost}/v2/`;
  const content = ['--customContent', 'program.js:/app/program.js', 'artifact.json:/artifact/artifact.json'];
  const from = ['--fromRegistry', registry, '--fromImage', baseName, '--folder', place.folder];
  const run = [
    '--user',
    '1000',
    '--workdir',
    '/app',
    '--entrypoint',
    'node',
    '--setTimeStamp',
    '1970-01-01T00:00:00Z',
  ];
  const measure = async ({ isCold, target }: BuildJob, runs: number) => {
    return await measureRuns('containerify', place, runs, async (turn) => {
      const cache = join(place.folder, '..', isCold ? `containerify-${turn}` : 'containerify');
      const to = {
        registry: ['--toRegistry', registry, '--allowNoPushAuth', '--doCrossMount'],
        engine: ['--toDocker'],
        archive: ['--toTar', join(place.folder, '..', 'containerify.tar')],
        store: ['--toTar', join(place.folder, '..', 'containerify.tar')],
      }[target];
      const image = ['--toImage', `containerify-${isCold ? turn : 'warm'}/shop:${turn}`];
      const args = [...from, ...image, ...content, ...run, '--layerCacheFolder', cache, ...to];
      await runProcess(programs.node, [programs.containerify, ...args], {
        ...process.env,
        DOCKER_HOST: place.engineUrl,
      });
    });
  };
  return { name: 'containerify', measure };
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

async function measureRuns(
  name: string,
  place: PeerPlace,
  runs: number,
  work: (run: number) => Promise<void>,
): Promise<Sample | undefined> {
  try {
    return await sample(runs, async (run) => {
      writeFileSync(join(place.folder, 'artifact.json'), JSON.stringify({ name, run, at: Date.now() }));
      return await measureMs(() => work(run));
    });
  } catch (error) {
    console.error(`${name} is not measured: ${String(error)}`);
    return undefined;
  }
}
