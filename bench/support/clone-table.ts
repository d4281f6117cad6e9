// The tables that the benchmark of clones prints. Measures nothing but the start of the program.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Baseline } from './baselines.ts';
import { formatSample, measureMs, printTable, type Sample, sample } from './measure.ts';

/** Of the busy source. */
export const WRITES_PER_SECOND = 400;

export interface Row {
  readonly engine: string;
  readonly driver: string;
  readonly fileSystem: string;
  readonly gigabytes: number;
  readonly stopped: Sample;
  readonly idle: Sample;
  /** The next clone right after the one before is gone. */
  readonly atOnce?: Sample;
  readonly busy?: Sample;
  readonly warm?: Sample;
  readonly floor?: Sample;
  /** Three calls and a login where nothing is to be done. */
  readonly client?: Sample;
  readonly converge?: Sample;
  readonly ownBytes?: number;
}

export async function printStartTimes(runs: number): Promise<void> {
  const program = join(import.meta.dirname, '../../dist/cli.js');
  const time = (args: readonly string[]) =>
    sample(runs, () => measureMs(async () => spawnSync(process.execPath, [...args])));
  const rows = [
    ['db-artifact --help', formatSample(await time([program, '--help']))],
    ['node -e 0', formatSample(await time(['-e', '0']))],
  ];
  printTable(['start', 'median (min–max)'], rows);
}

export function printResults(rows: readonly Row[], baselines: readonly Baseline[]): void {
  const { gigabytes, idle } = rows[0] ?? {};
  console.log(
    `## A source of ${gigabytes} GB: from the API call to the first row, median (min–max) of ${idle?.runs}`,
  );
  printTable(
    [
      'engine',
      'driver',
      'file system',
      'floor: start on a ready folder',
      'client alone: three calls, login, query',
      'source stopped',
      'source idle',
      'source idle, one right after the other',
      `source at ${WRITES_PER_SECOND} writes/s`,
      'warm spare',
      'whole converge',
      'own disk',
    ],
    rows.map((row) => [
      ...[row.engine, row.driver, row.fileSystem],
      ...[row.floor, row.client, row.stopped, row.idle, row.atOnce, row.busy, row.warm, row.converge].map(
        formatSample,
      ),
      row.ownBytes === undefined ? '–' : `${(row.ownBytes / 1e6).toFixed(2)} MB`,
    ]),
  );
  const reference = idle?.medianMs ?? Number.NaN;
  printTable(
    ['instead', `median (min–max) of ${baselines[0]?.result.runs}`, `times ${rows[0]?.driver} idle`],
    baselines.map(({ name, result }) => [
      name,
      formatSample(result),
      (result.medianMs / reference).toFixed(1),
    ]),
  );
}
