// Hundreds of copies of one source: time, memory and disk of each, listing and destroying them all, and that nothing is
// left. Ends with 1 when something is. Needs root and xfsprogs.
// `npm run bench -- scale [--copies 10,50,200] [--driver overlay] [--file-system xfs] [--gigabytes 0.1] [--clients 8]`
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { fillAccounts } from '../test/support/load.ts';
import { type LocalRds, startLocalRds } from '../test/support/running-rds.ts';
import { waitFor } from '../test/support/wait.ts';
import { type Copy, countClusters, destroyCopies, inParallel, makeCopies, query } from './scale/crowd.ts';
import { type Footprint, findGrowth, readFootprint } from './support/footprint.ts';
import { describeMachine, formatMs, measureMs, printTable } from './support/measure.ts';
import { makePlace } from './support/place.ts';

const { values } = parseArgs({
  options: {
    copies: { type: 'string', default: '10,50,200' },
    driver: { type: 'string', default: 'overlay' },
    'file-system': { type: 'string', default: 'xfs' },
    gigabytes: { type: 'string', default: '0.1' },
    clients: { type: 'string', default: '8' },
  },
});
const gigabytes = Number(values.gigabytes);
const clients = Number(values.clients);
const MOST_TOUCHED = 10;
const SETTLE_MS = 60_000;
/** Whatever else runs on the machine has others. */
const PORTS = '20000-21999';
/** So long a size is not measured again. */
const READING_MS = 2_500;

interface Status {
  readonly clusters: readonly { id: string; ownBytes: number; memoryBytes: number }[];
}

console.log(`${describeMachine()}, ${values.driver} on ${values['file-system']}, ${clients} clients`);
const place = makePlace(values['file-system'] as 'xfs' | 'btrfs' | 'plain', 40 * 2 ** 30);
const rows: string[][] = [];
try {
  const local = await startLocalRds(place.folder, ['--driver', values.driver, '--ports', PORTS]);
  try {
    const source = await local.makeSource('source');
    await fillAccounts(source, gigabytes);
    await destroyCopies(local, await makeCopies(local, source, 1, 1), 1);
    const before = readFootprint(getLocalDir());
    for (const count of values.copies.split(',').map(Number)) {
      rows.push(await measureCrowd(local, source, count));
      await checkLeftovers(before, count);
    }
  } finally {
    await local.close();
  }
} finally {
  place.remove();
}
printTable(
  [
    ...['copies', 'available', 'per copy', 'first query of all', 'list', '`local status`'],
    ...['memory', 'own disk', '1 % of rows changed', 'destroy all', 'per copy'],
  ],
  rows,
);

async function measureCrowd(local: LocalRds, source: pg.ClientConfig, count: number): Promise<string[]> {
  console.error(`${count} copies...`);
  let copies: readonly Copy[] = [];
  const makeMs = await measureMs(async () => {
    copies = await makeCopies(local, source, count, clients);
  });
  const queryMs = await measureMs(async () => {
    await inParallel(copies, clients, async (copy) => await query(copy, 'SELECT 1'));
  });
  const listMs = await measureMs(async () => await countClusters(local));
  let status = await readStatus(local);
  const statusMs = await measureMs(async () => {
    status = await readStatus(local);
  });
  const touched = copies.slice(0, MOST_TOUCHED);
  for (const copy of touched) {
    const rowsToChange = Math.round(66_000 * gigabytes);
    await query(copy, `UPDATE accounts SET abalance = abalance + 1 WHERE aid <= ${rowsToChange}`);
  }
  await new Promise((resolve) => setTimeout(resolve, READING_MS));
  const later = await readStatus(local);
  const destroyMs = await measureMs(async () => await destroyCopies(local, copies, clients));
  return [
    ...[String(count), formatMs(makeMs), formatMs(makeMs / count), formatMs(queryMs)],
    ...[formatMs(listMs), formatMs(statusMs)],
    formatMegabytes(average(status, copies, ({ memoryBytes }) => memoryBytes)),
    formatMegabytes(average(status, copies, ({ ownBytes }) => ownBytes)),
    formatMegabytes(average(later, touched, ({ ownBytes }) => ownBytes)),
    ...[formatMs(destroyMs), formatMs(destroyMs / count)],
  ];
}

async function readStatus(local: LocalRds): Promise<Status> {
  return JSON.parse(await local.run('local', 'status', '--json')) as Status;
}

function average(
  { clusters }: Status,
  copies: readonly Copy[],
  pick: (cluster: Status['clusters'][number]) => number,
): number {
  const ids = new Set(copies.map(({ id }) => id));
  const found = clusters.filter(({ id }) => ids.has(id)).map(pick);
  return found.reduce((sum, value) => sum + value, 0) / found.length;
}

async function checkLeftovers(before: Footprint, count: number): Promise<void> {
  const grown = () => findGrowth(before, readFootprint(getLocalDir()));
  await waitFor('nothing is left', () => grown().length === 0, SETTLE_MS, 200).catch(() => {
    for (const growth of grown()) console.log(`LEFT after ${count} copies: ${growth}`);
    process.exitCode = 1;
  });
}

function getLocalDir(): string {
  return join(place.folder, 'data', 'local');
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
