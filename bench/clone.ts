// From the API call to the first row of a clone: every driver, stopped, idle and busy sources, warm spares and MariaDB,
// beside the floor (a server that starts on a ready folder) and what one would do without this tool. Needs root, xfsprogs and btrfs-progs. `npm run bench -- clone [--sizes 1,5] [--runs 7] [--drivers ...]`
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { fillAccounts, startLoad } from '../test/support/load.ts';
import { type LocalRds, type SourceEngine, startLocalRds } from '../test/support/running-rds.ts';
import { waitFor } from '../test/support/wait.ts';
import { type Baseline, measureCopies, measureTemplates } from './support/baselines.ts';
import { printResults, printStartTimes, type Row, WRITES_PER_SECOND } from './support/clone-table.ts';
import { measureFloor } from './support/floor.ts';
import { fillMariadb, queryMariadb } from './support/mariadb.ts';
import { describeMachine, measureMs, type Sample, sample } from './support/measure.ts';
import { makePlace, type Place } from './support/place.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1,5' },
    runs: { type: 'string', default: '7' },
    drivers: { type: 'string', default: 'overlay,snapshot,reflink,copy' },
    'baseline-runs': { type: 'string', default: '3' },
    'system-postgres': { type: 'string', default: '/usr/lib/postgresql/15/bin' },
  },
});
const fileSystems = { overlay: 'xfs', reflink: 'xfs', snapshot: 'btrfs', copy: 'plain' } as const;
const runs = Number(values.runs);
const baselineRuns = Number(values['baseline-runs']);

console.log(describeMachine());
await printStartTimes(runs);
for (const gigabytes of values.sizes.split(',').map(Number)) {
  const rows: Row[] = [];
  const baselines: Baseline[] = [];
  for (const driver of values.drivers.split(',') as (keyof typeof fileSystems)[]) {
    const place = makePlace(fileSystems[driver], (gigabytes * 12 + 20) * 2 ** 30);
    try {
      rows.push(
        ...(await measureDriver(
          driver,
          place,
          gigabytes,
          driver === values.drivers.split(',')[0] ? baselines : undefined,
        )),
      );
    } finally {
      place.remove();
    }
  }
  printResults(rows, baselines);
}

async function measureDriver(
  driver: string,
  place: Place,
  gigabytes: number,
  baselines: Baseline[] | undefined,
): Promise<readonly Row[]> {
  console.error(`${driver} on ${place.fileSystem}, ${gigabytes} GB...`);
  const bench = await startLocalRds(place.folder, [
    '--driver',
    driver,
    '--postgres-bin',
    values['system-postgres'],
  ]);
  try {
    const source = await bench.makeSource('source', '18');
    await fillAccounts(source, gigabytes);
    if (baselines) {
      baselines.push(...(await measureTemplates(source, baselineRuns)));
      baselines.push(
        ...(await measureCopies(place.folder, values['system-postgres'], gigabytes, baselineRuns)),
      );
    }
    const floor = await measureFloor(place.folder, runs);
    const client = await measureClient(bench, source);
    const idle = await measureClones(bench, source, 'idle', 'source', pause);
    const atOnce = await measureClones(bench, source, 'once');
    const warm = driver === 'copy' ? undefined : await measureWarm(bench, source);
    const converge = await measureConverge(bench, place);
    const ownBytes = await measureOwnBytes(bench, source);
    const load = await startLoad(source, WRITES_PER_SECOND, 6_600_000 * gigabytes);
    const busy = await measureClones(bench, source, 'busy');
    console.error(`  load: ${Math.round(await load.stop())} transactions a second`);
    await bench.stopCluster('source');
    const stopped = await measureClones(bench, source, 'stopped', 'source', pause);
    const { fileSystem } = place;
    const row: Row = {
      engine: 'PostgreSQL',
      driver,
      fileSystem,
      gigabytes,
      floor,
      client,
      stopped,
      idle,
      atOnce,
      busy,
      converge,
      ownBytes,
    };
    return [warm ? { ...row, warm } : row, ...(baselines ? [await measureMariadb(bench, row)] : [])];
  } finally {
    await bench.close();
  }
}

/** Below every warm spare: as many calls as a clone takes, a login and a query, and nothing behind them. */
async function measureClient(bench: LocalRds, source: pg.ClientConfig): Promise<Sample> {
  return await sample(
    runs,
    async () =>
      await measureMs(async () => {
        for (let call = 0; call < 3; call++) await bench.getCluster('source');
        await queryOnce(source);
      }),
  );
}

/** Where the machine has a MariaDB. */
async function measureMariadb(bench: LocalRds, { driver, fileSystem, gigabytes }: Row): Promise<Row> {
  console.error(`  MariaDB...`);
  const source = await bench.makeSource('maria', undefined, 'aurora-mysql');
  await fillMariadb(source, gigabytes);
  const idle = await measureClones(bench, source, 'maria-idle', 'maria', pause);
  const atOnce = await measureClones(bench, source, 'maria-once', 'maria');
  const warm = await measureWarm(bench, source, 'maria');
  await bench.stopCluster('maria');
  const stopped = await measureClones(bench, source, 'maria-stopped', 'maria', pause);
  return { engine: 'MariaDB', driver, fileSystem, gigabytes, stopped, idle, atOnce, warm };
}

/** Long enough for a fork to be made ahead. */
async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** Each clone finds a spare that is ready. */
async function measureWarm(bench: LocalRds, source: pg.ClientConfig, sourceId = 'source'): Promise<Sample> {
  await bench.run('local', 'warm', sourceId, '1');
  const isReady = async () =>
    (await readStatus(bench)).some(({ id, spares }) => id === sourceId && spares > 0);
  const result = await measureClones(bench, source, `${sourceId}-warm`, sourceId, async () =>
    waitFor('a spare', isReady, 60_000, 100),
  );
  await bench.run('local', 'warm', sourceId, '0');
  return result;
}

async function measureClones(
  bench: LocalRds,
  source: pg.ClientConfig,
  name: string,
  sourceId = 'source',
  prepare = async (): Promise<void> => {},
): Promise<Sample> {
  return await sample(runs, async (run) => {
    const id = `${name}-${run}`;
    await prepare();
    const ms = await measureMs(() => cloneUntilQuery(bench, id, source, sourceId));
    await bench.deleteCluster(id);
    return ms;
  });
}

/** From the API call to the first row: restore, instance, login, `SELECT 1`. */
async function cloneUntilQuery(
  bench: LocalRds,
  id: string,
  source: pg.ClientConfig,
  sourceId = 'source',
): Promise<void> {
  const engine: SourceEngine = sourceId === 'maria' ? 'aurora-mysql' : 'aurora-postgresql';
  const clone = await bench.cloneCluster(sourceId, id, source, engine);
  if (engine === 'aurora-mysql') return await queryMariadb(clone, 'SELECT 1');
  await queryOnce(clone);
}

async function queryOnce(login: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(login);
  await client.connect();
  await client.query('SELECT 1');
  await client.end();
}

/** The whole process of the command, from its start to its end. */
async function measureConverge(bench: LocalRds, place: Place): Promise<Sample> {
  const ini = join(place.folder, 'artifact.ini');
  const lines = [
    '[source_db]',
    'source_db_cluster_id = source',
    '[target_db]',
    'subnet_ids = source',
    'instance_type = source',
  ];
  writeFileSync(ini, `${lines.join('\n')}\n`);
  await bench.run('build', ini);
  return await sample(runs, async (run) => {
    const ms = await measureMs(async () =>
      bench.run('converge', '--runtime', 'none', '--name', `converged-${run}`),
    );
    await bench.run('destroy', `converged-${run}`);
    return ms;
  });
}

async function measureOwnBytes(bench: LocalRds, source: pg.ClientConfig): Promise<number> {
  await cloneUntilQuery(bench, 'measured', source);
  const clusters = await readStatus(bench);
  await bench.deleteCluster('measured');
  return clusters.find(({ id }) => id === 'measured')?.ownBytes ?? Number.NaN;
}

async function readStatus(bench: LocalRds): Promise<{ id: string; ownBytes: number; spares: number }[]> {
  return JSON.parse(await bench.run('local', 'status', '--json')).clusters;
}
