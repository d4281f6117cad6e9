// How long an artifact takes to build and to push, beside `docker build` of an equal Dockerfile: classic and BuildKit.
// Everything is measured in one run, on the same files: `npm run bench -- build [--runs N] [--docker PROGRAM]`. Needs root.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type PackRequest, packArtifact } from '../src/build/pack-artifact.ts';
import { copyImage } from '../src/image/copy-image.ts';
import { getImage } from '../src/image/find-image.ts';
import { findEngineObstacle, startEngine, startRegistry } from '../test/support/image-servers.ts';
import { makeSampleArtifact } from '../test/support/sample-artifact.ts';
import {
  describeMachine,
  formatSample,
  measureMs,
  printTable,
  type Sample,
  sample,
} from './support/measure.ts';

const { values } = parseArgs({
  // A newer client needs its plugin buildx for BuildKit; one of 20.10 has it built in.
  options: { runs: { type: 'string', default: '5' }, docker: { type: 'string', default: 'docker' } },
});
const RUNS = Number(values.runs);
const obstacle = findEngineObstacle();
if (obstacle !== undefined) throw new Error(obstacle);

const programPath = join(import.meta.dirname, '../dist/program.js');
const folder = mkdtempSync(join(tmpdir(), 'bench-build-'));
const engine = await startEngine();
const registry = await startRegistry();
try {
  console.log(`${describeMachine()}, ${RUNS} runs, median (fastest–slowest)`);
  await measureAll();
} finally {
  await registry[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}

async function measureAll(): Promise<void> {
  const rows: [string, Sample | undefined, Sample | undefined, Sample | undefined][] = [];
  const context = makeContext('warm', `unix://${folder}/none`);
  const cold = await sample(1, (run) => measureMs(() => build(makeContext(`cold-${run}`), `cold ${run}`)));
  await build(context, 'first');
  await copyImage('db-artifact:latest', join(folder, 'base.tar'), context, () => {});
  const base = await prepareDockerfile(context);
  rows.push([
    'cold: nothing is cached',
    cold,
    await dockerBuild(base, 0, true),
    await dockerBuild(base, 1, true),
  ]);
  const warm = await sample(RUNS, (run) => measureMs(() => build(context, `warm ${run}`)));
  const [classic, buildKit] = [await dockerBuild(base, 0, false), await dockerBuild(base, 1, false)];
  rows.push(['changed INI, into the own store', warm, classic, buildKit]);
  const pushed = await sample(RUNS, async (run) => {
    return await measureMs(() => build(context, `push ${run}`, [`${registry.host}/own/shop:${run}`]));
  });
  rows.push(['changed INI, into a registry', pushed, await dockerPush(base, 0), await dockerPush(base, 1)]);
  const loading = makeContext('warm', engine.url);
  const loaded = await sample(RUNS, (run) => measureMs(() => build(loading, `load ${run}`)));
  rows.push(['changed INI, into the Docker engine', loaded, classic, buildKit]);
  printTable(
    ['what', 'db-artifact', 'docker build, classic', 'docker build, BuildKit'],
    rows.map(([what, ...samples]) => [what, ...samples.map(formatSample)]),
  );
  await printSizes(context);
}

function makeContext(name: string, host = `unix://${folder}/none`): PackRequest {
  const env = { DOCKER_HOST: host };
  return { tags: [], stores: [], platforms: [], dataDir: join(folder, name), programPath, env };
}

async function build(request: PackRequest, title: string, stores: readonly string[] = []): Promise<void> {
  await packArtifact(makeSampleArtifact(`title = ${title}`), { ...request, stores }, () => {});
}

/** The same three layers: our base unpacked, the program and the artifact copied onto it. */
async function prepareDockerfile(context: PackRequest): Promise<string> {
  const place = join(folder, 'dockerfile');
  mkdirSync(place);
  const image = await getImage('db-artifact', context);
  cpSync(programPath, join(place, 'program.js'));
  const [layer] = image.layers;
  const chunks: Uint8Array[] = [];
  for await (const chunk of layer?.open() ?? []) chunks.push(chunk);
  writeFileSync(join(place, 'base.tar.gz'), Buffer.concat(chunks));
  const lines = ['FROM scratch', 'ADD base.tar.gz /', 'COPY program.js /app/program.js'];
  lines.push('COPY artifact.json /artifact/artifact.json', 'USER 1000:1000');
  lines.push('ENTRYPOINT ["node", "/app/program.js"]');
  writeFileSync(join(place, 'Dockerfile'), `${lines.join('\n')}\n`);
  return place;
}

async function dockerBuild(place: string, buildKit: 0 | 1, isCold: boolean): Promise<Sample | undefined> {
  const flags = isCold ? ['--no-cache'] : [];
  return await ifPossible(`docker build with DOCKER_BUILDKIT=${buildKit}`, isCold ? 1 : RUNS, async (run) => {
    writeFileSync(join(place, 'artifact.json'), JSON.stringify({ run, buildKit, isCold }));
    return await measureMs(() => docker(['build', '-q', ...flags, '-t', `peer:${run}`, place], buildKit));
  });
}

async function dockerPush(place: string, buildKit: 0 | 1): Promise<Sample | undefined> {
  return await ifPossible(`docker push with DOCKER_BUILDKIT=${buildKit}`, RUNS, async (run) => {
    const name = `${registry.host}/peer${buildKit}/shop:${run}`;
    writeFileSync(join(place, 'artifact.json'), JSON.stringify({ run, buildKit, pushed: true }));
    return await measureMs(async () => {
      await docker(['build', '-q', '-t', name, place], buildKit);
      await docker(['push', '-q', name], buildKit);
    });
  });
}

async function ifPossible(what: string, runs: number, work: (run: number) => Promise<number>) {
  try {
    return await sample(runs, work);
  } catch (error) {
    console.error(`${what} is not measured: ${String(error).split('\n')[0]}`);
    return undefined;
  }
}

async function docker(args: readonly string[], buildKit: 0 | 1): Promise<void> {
  const env = { ...process.env, DOCKER_HOST: engine.url, DOCKER_BUILDKIT: String(buildKit) };
  const child = spawn(values.docker, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(said.trim().split('\n').at(-1));
}

async function printSizes(context: PackRequest): Promise<void> {
  const image = await getImage('db-artifact', context);
  const sizes = image.manifest.layers.map(({ size }) => formatMegabytes(size));
  await build(context, 'another');
  const second = await copyImage('db-artifact', `${registry.host}/own/shop:another`, context, () => {});
  printTable(
    ['size', 'figure'],
    [
      ['base, program, artifact (compressed)', sizes.join(', ')],
      ['second artifact pushed', `${second.writtenBytes} bytes`],
      ['archive', formatMegabytes(statSync(join(folder, 'base.tar')).size)],
      ['docker', execFileSync(values.docker, ['--version']).toString().trim()],
    ],
  );
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 4 : 1)} MB`;
}
