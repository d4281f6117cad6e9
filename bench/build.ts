// How long an artifact takes to build and to push, beside `docker build` of an equal Dockerfile, classic and BuildKit, and
// beside npm's containerify. All in one run, on the same files: `npm run bench -- build [--runs N] [--docker PROGRAM]`. Needs root.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build as bundle } from 'esbuild';
import { type PackRequest, packArtifact } from '../src/build/pack-artifact.ts';
import { copyImage } from '../src/image/copy-image.ts';
import { collectBytes } from '../src/image/digest.ts';
import { getImage } from '../src/image/find-image.ts';
import type { Blob } from '../src/image/image.ts';
import { findEngineObstacle, startEngine, startRegistry } from '../test/support/image-servers.ts';
import { makeSampleArtifact } from '../test/support/sample-artifact.ts';
import {
  type BuildJob,
  installContainerify,
  makeContainerifyPeer,
  makeDockerPeer,
  type Peer,
  preparePlace,
  runProcess,
} from './support/build-peers.ts';
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
const COLD_RUNS = 2;
const BASE = 'bases/host:1';
const obstacle = findEngineObstacle();
if (obstacle !== undefined) throw new Error(obstacle);

const JOBS: readonly (readonly [string, BuildJob])[] = [
  ['cold, into the own store', { isCold: true, target: 'store' }],
  ['cold, into a registry', { isCold: true, target: 'registry' }],
  ['changed INI, into the own store', { isCold: false, target: 'store' }],
  ['changed INI, into an archive', { isCold: false, target: 'archive' }],
  ['changed INI, into a registry', { isCold: false, target: 'registry' }],
  ['changed INI, into a Docker engine', { isCold: false, target: 'engine' }],
];

const programPath = join(import.meta.dirname, '../dist/program.js');
const folder = mkdtempSync(join(tmpdir(), 'bench-build-'));
const engine = await startEngine();
const registry = await startRegistry();
try {
  console.log(`${describeMachine()}, ${RUNS} runs (cold: ${COLD_RUNS}), median (fastest–slowest)`);
  await measureAll();
} finally {
  await registry[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}

async function measureAll(): Promise<void> {
  const context = makeContext('inside');
  await packSample(context, 'first');
  await copyImage('db-artifact', `${registry.host}/${BASE}`, context, () => {});
  const peers = [...(await makeOwnPeers()), ...(await makePeers(context))];
  const rows: string[][] = [];
  for (const [title, job] of JOBS) {
    const samples: (Sample | undefined)[] = [];
    for (const peer of peers) samples.push(await peer.measure(job, job.isCold ? COLD_RUNS : RUNS));
    rows.push([title, ...samples.map(formatSample)]);
  }
  printTable(['what', ...peers.map(({ name }) => name)], rows);
  await printSizes(context);
}

/** Inside this process, as a process of its own, and so on a base from the registry, as containerify works. */
async function makeOwnPeers(): Promise<readonly Peer[]> {
  const script = join(folder, 'build-process.mjs');
  await bundleScript(script);
  const inside: Peer = {
    name: 'db-artifact, inside its process',
    measure: async (job, runs) =>
      await sample(runs, async (run) => {
        const context = makeContext(job.isCold ? `inside-${job.target}-${run}` : 'inside', getEngine(job));
        const title = `inside ${run} ${job.target}`;
        return await measureMs(() => packSample(context, title, listStores(job, `inside-${run}`)));
      }),
  };
  const asProcess = (name: string, base: string): Peer => ({
    name,
    measure: async (job, runs) =>
      await sample(runs, async (run) => {
        const id = `${base ? 'pulled' : 'own'}${job.isCold ? `-${job.target}-${run}` : ''}`;
        const args = [script, join(folder, id), programPath, `${name} ${run} ${job.target}`, base];
        const env = { ...process.env, DOCKER_HOST: getEngine(job) };
        return await measureMs(() => runProcess(process.execPath, [...args, ...listStores(job, id)], env));
      }),
  });
  const pulled = `${registry.host}/${BASE}`;
  return [inside, asProcess('the whole process', ''), asProcess('the same on a pulled base', pulled)];
}

async function makePeers(context: PackRequest): Promise<readonly Peer[]> {
  const place = { folder: join(folder, 'peers'), registryHost: registry.host, engineUrl: engine.url };
  const base = (await getImage('db-artifact', context)).layers[0] as Blob;
  preparePlace(place, await collectBytes(base.open()), programPath);
  const programs = await installContainerify(join(folder, 'npm'));
  return [
    makeDockerPeer(place, values.docker, 0),
    makeDockerPeer(place, values.docker, 1),
    ...(programs ? [makeContainerifyPeer(place, BASE, programs)] : []),
  ];
}

async function bundleScript(outfile: string): Promise<void> {
  await bundle({
    entryPoints: [join(import.meta.dirname, 'support/build-process.ts')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['xmlbuilder2', 'libpg-query', 'pg-native'],
    banner: {
      js: `import { createRequire as makeRequire } from 'node:module';const require = makeRequire(import.meta.url);`,
    },
    logLevel: 'error',
  });
}

function makeContext(name: string, host = `unix://${folder}/none`): PackRequest {
  const env = { DOCKER_HOST: host };
  return { tags: [], stores: [], platforms: [], dataDir: join(folder, name), programPath, env };
}

/** Only the last job may find an engine, which gets every image of a build. */
function getEngine({ target }: BuildJob): string {
  return target === 'engine' ? engine.url : `unix://${folder}/none`;
}

function listStores({ target, isCold }: BuildJob, id: string): readonly string[] {
  if (target === 'archive') return [join(folder, `${id}.tar`)];
  return target === 'registry' ? [`${registry.host}/${isCold ? id : 'warm'}/shop:1`] : [];
}

async function packSample(
  request: PackRequest,
  title: string,
  stores: readonly string[] = [],
): Promise<void> {
  await packArtifact(makeSampleArtifact(`title = ${title}`), { ...request, stores }, () => {});
}

async function printSizes(context: PackRequest): Promise<void> {
  const image = await getImage('db-artifact', context);
  const sizes = image.manifest.layers.map(({ size }) => formatMegabytes(size));
  const archive = join(folder, 'size.tar');
  await copyImage('db-artifact', archive, context, () => {});
  await copyImage('db-artifact', `${registry.host}/sizes/shop:1`, context, () => {});
  await packSample(context, 'another');
  const second = await copyImage('db-artifact', `${registry.host}/sizes/shop:2`, context, () => {});
  printTable(
    ['size', 'figure'],
    [
      ['base, program, artifact (compressed)', sizes.join(', ')],
      ['archive', formatMegabytes(statSync(archive).size)],
      ['second artifact pushed', `${second.writtenBytes} bytes`],
      ['docker', execFileSync(values.docker, ['--version']).toString().trim()],
    ],
  );
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 4 : 1)} MB`;
}
