// How long an artifact takes to build and to push, beside `docker build` of an equal Dockerfile, classic and BuildKit, and
// beside npm's containerify. All in one run, on the same files: `npm run bench -- build [--runs N] [--docker PROGRAM]`. Needs root.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build as bundle } from 'esbuild';
import { type PackRequest, packArtifact } from '../src/build/pack-artifact.ts';
import { copyImage } from '../src/image/copy-image.ts';
import { collectBytes } from '../src/image/digest.ts';
import { getImage } from '../src/image/find-image.ts';
import type { Blob } from '../src/image/image.ts';
import { makeCluster, makeInstance } from '../test/support/clusters.ts';
import { openFakeDatabases } from '../test/support/fake-databases.ts';
import { findEngineObstacle, startEngine, startRegistry } from '../test/support/image-servers.ts';
import { REGION, startTestRds } from '../test/support/local-rds.ts';
import { programPath as cliPath } from '../test/support/program.ts';
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
import { race } from './support/build-race.ts';
import { describeMachine, formatSample, measureMs, printTable, sample } from './support/measure.ts';

const { values } = parseArgs({
  // A newer client needs its plugin buildx for BuildKit; one of 20.10 has it built in.
  options: { runs: { type: 'string', default: '5' }, docker: { type: 'string', default: 'docker' } },
});
const RUNS = Number(values.runs);
const COLD_RUNS = Math.min(RUNS, 3);
const BASE = 'bases/host:1';
const INI = `[source_db]
source_db_cluster_id = shop
[target_db]
subnet_ids = source
instance_type = source
[image]
title = `;
const obstacle = findEngineObstacle();
if (obstacle !== undefined) throw new Error(obstacle);

const JOBS: readonly BuildJob[] = [
  { title: 'cold, own store', isCold: true, base: 'host', target: 'store' },
  { title: 'cold, registry', isCold: true, base: 'host', target: 'registry' },
  { title: 'cold, pulled base, own store', isCold: true, base: 'registry', target: 'store' },
  { title: 'cold, pulled base, registry', isCold: true, base: 'registry', target: 'registry' },
  { title: 'changed INI, own store', isCold: false, base: 'registry', target: 'store' },
  { title: 'changed INI, archive', isCold: false, base: 'registry', target: 'archive' },
  { title: 'changed INI, registry', isCold: false, base: 'registry', target: 'registry' },
  { title: 'changed INI, Docker engine', isCold: false, base: 'registry', target: 'engine' },
];

const programPath = join(import.meta.dirname, '../dist/program.js');
const folder = mkdtempSync(join(tmpdir(), 'bench-build-'));
const noEngine = `unix://${folder}/none`;
const engine = await startEngine();
const registry = await startRegistry();
try {
  console.log(`${describeMachine()}, ${RUNS} runs (cold: ${COLD_RUNS}), median (fastest–slowest)`);
  const context = makeContext();
  await packSample(context, 'first');
  await copyImage('db-artifact', `${registry.host}/${BASE}`, context, () => {});
  await compareWithOthers(context);
  await measureAlone(context);
  await measureSizes(context);
} finally {
  await registry[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}

async function compareWithOthers(context: PackRequest): Promise<void> {
  const own = await makeOwnPeer();
  const others = await makePeers(context);
  const rows: string[][] = [];
  for (const job of JOBS) rows.push(...(await race(job, own, others, job.isCold ? COLD_RUNS : RUNS)));
  printTable(['what', 'db-artifact', 'beside', 'takes', 'times'], rows);
}

/** The program without its questions to RDS, which no other tool asks. */
async function makeOwnPeer(): Promise<Peer> {
  const script = join(folder, 'build-process.mjs');
  await bundleScript(script);
  return {
    name: 'db-artifact',
    canDo: () => true,
    build: async ({ title, isCold, base, target }, run) => {
      const id = isCold ? `own-${base}-${target}-${run}` : 'own';
      const from = base === 'host' ? '' : `${registry.host}/${BASE}`;
      const args = [script, join(folder, id), programPath, `${title} ${run}`, from];
      const stores = target === 'archive' ? [join(folder, 'own.tar')] : [];
      if (target === 'registry') stores.push(`${registry.host}/${id}/shop:1`);
      // Only the last job may find an engine, which gets every image of a build.
      const env = { ...process.env, DOCKER_HOST: target === 'engine' ? engine.url : noEngine };
      await runProcess(process.execPath, [...args, ...stores], env);
    },
  };
}

async function makePeers(context: PackRequest): Promise<readonly Peer[]> {
  const place = {
    ...{ folder: join(folder, 'peers'), base: BASE },
    ...{ registryHost: registry.host, engineUrl: engine.url },
  };
  const base = (await getImage('db-artifact', context)).layers[0] as Blob;
  preparePlace(place, await collectBytes(base.open()), programPath);
  const programs = await installContainerify(join(folder, 'npm'));
  return [
    makeDockerPeer(place, values.docker, 0),
    makeDockerPeer(place, values.docker, 1),
    ...(programs ? [makeContainerifyPeer(place, programs)] : []),
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

/** What no other tool has: inside a process that runs already, and with the questions to RDS. */
async function measureAlone(context: PackRequest): Promise<void> {
  const inside = await sample(RUNS, (run) => measureMs(() => packSample(context, `inside ${run}`)));
  await using rds = await startTestRds({ dataDir: join(folder, 'rds') }, openFakeDatabases);
  await makeCluster(rds, 'shop', {});
  await makeInstance(rds, 'shop', {});
  const ini = join(folder, 'shop.ini');
  const { accessKeyId, secretAccessKey } = rds.server.credentials;
  const env = {
    ...{ PATH: process.env['PATH'], HOME: folder, DOCKER_HOST: noEngine },
    ...{ AWS_ENDPOINT_URL: rds.server.url, AWS_REGION: REGION },
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    DB_ARTIFACT_DATA_DIR: context.dataDir,
  };
  const whole = await sample(RUNS, (run) => {
    writeFileSync(ini, `${INI}Shop ${run}\n`);
    return measureMs(() => runProcess(process.execPath, [cliPath, 'build', ini], env));
  });
  const nothing = await sample(RUNS, () =>
    measureMs(() => runProcess(process.execPath, ['-e', '0'], process.env)),
  );
  printTable(
    ['changed INI, own store', 'time'],
    [
      ['inside a process', formatSample(inside)],
      ['`db-artifact build`, with its questions to a local RDS', formatSample(whole)],
      ['`node -e 0`, for comparison', formatSample(nothing)],
    ],
  );
}

function makeContext(): PackRequest {
  const env = { DOCKER_HOST: noEngine };
  return { tags: [], stores: [], platforms: [], dataDir: join(folder, 'inside'), programPath, env };
}

async function packSample(request: PackRequest, title: string): Promise<void> {
  await packArtifact(makeSampleArtifact(`title = ${title}`), request, () => {});
}

async function measureSizes(context: PackRequest): Promise<void> {
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
