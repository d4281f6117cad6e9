// From the API call to the first row of a clone: every driver, stopped, idle and busy sources, beside what one would do
// without this tool. Needs root, xfsprogs and btrfs-progs. `npm run bench -- clone [--sizes 1,5] [--runs 7] [--drivers ...]`
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { fillAccounts, startLoad } from '../test/support/load.ts';
import { type LocalRds, startLocalRds } from '../test/support/running-rds.ts';
import { type Baseline, measureCopies, measureTemplates } from './support/baselines.ts';
import {
  describeMachine,
  formatSample,
  measureMs,
  printTable,
  type Sample,
  sample,
} from './support/measure.ts';
import { makePlace, type Place } from './support/place.ts';

interface Row {
  readonly driver: string;
  readonly fileSystem: string;
  readonly gigabytes: number;
  readonly stopped: Sample;
  readonly idle: Sample;
  readonly busy: Sample;
  readonly converge: Sample;
  readonly ownBytes: number;
}

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
const writesPerSecond = 400;

console.log(describeMachine());
await printStartTimes();
for (const gigabytes of values.sizes.split(',').map(Number)) {
  const rows: Row[] = [];
  const baselines: Baseline[] = [];
  for (const driver of values.drivers.split(',') as (keyof typeof fileSystems)[]) {
    const place = makePlace(fileSystems[driver], (gigabytes * 12 + 20) * 2 ** 30);
    try {
      rows.push(
        await measureDriver(
          driver,
          place,
          gigabytes,
          driver === values.drivers.split(',')[0] ? baselines : undefined,
        ),
      );
    } finally {
      place.remove();
    }
  }
  printResults(gigabytes, rows, baselines);
}

async function measureDriver(
  driver: string,
  place: Place,
  gigabytes: number,
  baselines: Baseline[] | undefined,
): Promise<Row> {
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
    const idle = await measureClones(bench, source, 'idle');
    const converge = await measureConverge(bench, place);
    const ownBytes = await measureOwnBytes(bench, source);
    const load = await startLoad(source, writesPerSecond, 6_600_000 * gigabytes);
    const busy = await measureClones(bench, source, 'busy');
    console.error(`  load: ${Math.round(await load.stop())} transactions a second`);
    await bench.stopCluster('source');
    const stopped = await measureClones(bench, source, 'stopped');
    return { driver, fileSystem: place.fileSystem, gigabytes, stopped, idle, busy, converge, ownBytes };
  } finally {
    await bench.close();
  }
}

async function measureClones(bench: LocalRds, source: pg.ClientConfig, name: string): Promise<Sample> {
  return await sample(runs, async (run) => {
    const id = `${name}-${run}`;
    const ms = await measureMs(() => cloneUntilQuery(bench, id, source));
    await bench.deleteCluster(id);
    return ms;
  });
}

/** From the API call to the first row: restore, instance, login, `SELECT 1`. */
async function cloneUntilQuery(bench: LocalRds, id: string, source: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(await bench.cloneCluster('source', id, source));
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
  const status = JSON.parse(await bench.run('local', 'status', '--json')) as {
    clusters: { id: string; ownBytes: number }[];
  };
  await bench.deleteCluster('measured');
  return status.clusters.find(({ id }) => id === 'measured')?.ownBytes ?? Number.NaN;
}

async function printStartTimes(): Promise<void> {
  const program = join(import.meta.dirname, '../dist/cli.js');
  const time = (args: readonly string[]) =>
    sample(runs, () => measureMs(async () => spawnSync(process.execPath, [...args])));
  const rows = [
    ['db-artifact --help', formatSample(await time([program, '--help']))],
    ['node -e 0', formatSample(await time(['-e', '0']))],
  ];
  printTable(['start', 'median (min–max)'], rows);
}

function printResults(gigabytes: number, rows: readonly Row[], baselines: readonly Baseline[]): void {
  console.log(
    `## A source of ${gigabytes} GB: from the API call to the first row, median (min–max) of ${runs}`,
  );
  printTable(
    [
      'driver',
      'file system',
      'source stopped',
      'source idle',
      `source at ${writesPerSecond} writes/s`,
      'whole converge',
      'own disk',
    ],
    rows.map((row) => [
      ...[
        row.driver,
        row.fileSystem,
        formatSample(row.stopped),
        formatSample(row.idle),
        formatSample(row.busy),
      ],
      ...[formatSample(row.converge), `${(row.ownBytes / 1e6).toFixed(2)} MB`],
    ]),
  );
  const reference = rows[0]?.idle.medianMs ?? Number.NaN;
  printTable(
    ['instead', `median (min–max) of ${baselineRuns}`, `times ${rows[0]?.driver} idle`],
    baselines.map(({ name, result }) => [
      name,
      formatSample(result),
      (result.medianMs / reference).toFixed(1),
    ]),
  );
}
