// Churn: eight clients clone, write, snapshot, reset and destroy at random on PostgreSQL and MariaDB, while now and then
// something is killed. Ends with 1 when a copy is lost or wrong, or something leaks. Needs root and xfsprogs.
// `npm run bench -- soak [--minutes 60] [--clients 8] [--driver overlay] [--file-system xfs] [--seed N] [--kill-every 15] [--warm 0] [--recovery 20]`
// A failure so many seconds after a kill is one of recovery; on a busy machine that takes longer.
import { createServer } from 'node:net';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findLeaks } from '../test/support/leaks.ts';
import { type LocalRds, startLocalRds } from '../test/support/running-rds.ts';
import { waitFor } from '../test/support/wait.ts';
import { runClient } from './soak/client.ts';
import { runKiller } from './soak/killing.ts';
import { openService, type Service } from './soak/service.ts';
import { makeSource, type Source } from './soak/source.ts';
import { makeWorld, type World } from './soak/world.ts';
import { findGrowth, readFootprint } from './support/footprint.ts';
import { describeMachine, printTable } from './support/measure.ts';
import { makePlace } from './support/place.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    clients: { type: 'string', default: '8' },
    driver: { type: 'string', default: 'overlay' },
    'file-system': { type: 'string', default: 'xfs' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'kill-every': { type: 'string', default: '15' },
    warm: { type: 'string', default: '0' },
    recovery: { type: 'string', default: '20' },
  },
});
const SIZE_BYTES = 30 * 2 ** 30;
const SETTLE_MS = 60_000;

console.log(`${describeMachine()}, seed ${values.seed}`);
const place = makePlace(values['file-system'] as 'xfs' | 'btrfs' | 'plain', SIZE_BYTES);
const args = ['--driver', values.driver, '--warm', values.warm, '--port', String(await findFreePort())];
const violations: string[] = [];
try {
  const local = await startLocalRds(place.folder, args);
  try {
    violations.push(...(await soak(local)));
  } catch (error) {
    violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  await local.close().catch((error) => violations.push(`it cannot be removed: ${String(error)}`));
  const leaks = findLeaks(join(place.folder, 'data'));
  for (const [kind, found] of Object.entries(leaks)) {
    if (found.length > 0) violations.push(`${kind} are left when everything is removed: ${found.join('; ')}`);
  }
} finally {
  place.remove();
}
for (const violation of violations) console.log(`VIOLATION ${violation}`);
console.log(violations.length === 0 ? 'No violation.' : `${violations.length} violations.`);
process.exitCode = violations.length === 0 ? 0 : 1;

async function soak(local: LocalRds): Promise<readonly string[]> {
  const localDir = join(place.folder, 'data', 'local');
  const service = await openService(local.rds, local.securityGroupId);
  const sources = await Promise.all([
    makeSource(service, 'postgres', 'aurora-postgresql'),
    makeSource(service, 'mariadb', 'aurora-mysql'),
  ]);
  await warmUp(service, sources);
  const before = readFootprint(localDir);
  const world = makeWorld(Number(values.minutes), Number(values.seed), Number(values.recovery) * 1000);
  const start = async () => void (await local.run('local', 'up', ...args));
  const reporting = setInterval(() => reportMinute(world, localDir), 60_000);
  await Promise.all([
    runKiller(world, { localDir, start }, Number(values['kill-every']) * 1000),
    ...sources.map(async (source) => await source.run(world)),
    ...Array.from({ length: Number(values.clients) }, async (_, at) => {
      await runClient(world, service, `client${at + 1}`, sources);
    }),
  ]).finally(() => clearInterval(reporting));
  for (const { id } of sources) await local.run('local', 'warm', id, '0'); // spares are no leftovers
  await checkEnd(world, service, sources, localDir, before);
  const counts = [...world.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  printTable(
    ['what', 'how often'],
    counts.map(([what, times]) => [what, String(times)]),
  );
  return world.violations;
}

/** Templates, goldens and caches that stay for good are there before anything is counted. */
async function warmUp(service: Service, sources: readonly Source[]): Promise<void> {
  for (const source of sources) {
    const id = `warm-${source.id}`;
    await service.make(id, source.engine, { kind: 'clone', sourceId: source.id });
    await service.remove(id);
  }
}

/** One line, so that a run of hours shows at any time what it has done, and whether something grows. */
function reportMinute(world: World, localDir: string): void {
  const sum = (pattern: RegExp): number =>
    [...world.counts].reduce((total, [what, times]) => (pattern.test(what) ? total + times : total), 0);
  const figures = [
    `${sum(/^(clones|restores)/)} copies made`,
    `${sum(/^writes/)} writes`,
    `${sum(/^checks/)} checks`,
    `${sum(/^kills/)} kills`,
    describeFootprint(localDir),
    `load ${loadavg()[0]?.toFixed(1)}`,
    `${world.violations.length} violations`,
  ];
  console.log(`${new Date().toISOString()} ${figures.join(', ')}`);
}

/** While the service is being started again after a kill there is nothing to look at. */
function describeFootprint(localDir: string): string {
  try {
    const { engines, mounts, descriptors, serviceBytes } = readFootprint(localDir);
    return `${engines} servers, ${mounts} mounts, ${descriptors} open files, service ${Math.round(serviceBytes / 1e6)} MB`;
  } catch {
    return 'service down';
  }
}

/** Only the sources are left, with everything that they had before. */
async function checkEnd(
  world: World,
  service: Service,
  sources: readonly Source[],
  localDir: string,
  before: ReturnType<typeof readFootprint>,
): Promise<void> {
  const left = (await service.list()).filter((id) => sources.every((source) => source.id !== id));
  for (const id of left) world.report(`cluster ${id} is left, which nobody owns`);
  const grown = () => findGrowth(before, readFootprint(localDir));
  await waitFor('nothing is left', () => grown().length === 0, SETTLE_MS, 500).catch(() => {
    for (const growth of grown()) world.report(growth);
  });
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  return await new Promise<number>((resolve) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
