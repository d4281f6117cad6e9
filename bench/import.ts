// Bringing a database of some size into the local RDS, each way that there is, beside the hand-made way. Real servers as
// sources. `npm run bench -- import [--gigabytes 1] [--jobs 2] [--sources postgres,mysql]`
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ImportPlace, openImportPlace } from '../test/support/import-place.ts';
import { openSource } from '../test/support/import-sources.ts';
import { findSystemBins } from '../test/support/postgres-bins.ts';
import { PASSWORD } from '../test/support/sql-servers.ts';
import { describeMachine, formatMs, measureMs, printTable } from './support/measure.ts';

const { values } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    sources: { type: 'string', default: 'postgres,mysql' },
  },
});
const gigabytes = Number(values.gigabytes);
const [BIN = ''] = findSystemBins();
const TABLES = ['accounts', 'branches', 'clients', 'deals'];
/** With its index, of both servers. */
const ROW_BYTES = 145;
const rowsPerTable = Math.round((gigabytes * 2 ** 30) / ROW_BYTES / TABLES.length);

console.log(describeMachine());
const rows: string[][] = [];
for (const family of values.sources.split(',') as ('postgres' | 'mysql')[]) {
  await using place = await openImportPlace(family);
  await fill(place, family);
  const size = await measureSource(place, family);
  for (const [name, ...args] of listWays(place, family)) {
    const isUnverified = args.includes('--no-verify');
    const cluster = `bench-${rows.length}`;
    let check = '';
    const ms = await measureMs(async () => {
      check = (await place.importJson(cluster, '--jobs', values.jobs, ...args)).summary.check;
    });
    rows.push([`${family}, ${name}`, size, formatMs(ms), isUnverified ? '–' : check]);
    await place.local.deleteCluster(cluster);
  }
  if (family === 'postgres')
    rows.push(['postgres, `pg_dump \\| psql` by hand', size, formatMs(await pipeByHand(place)), '–']);
}
printTable(['way', 'size', 'time', 'check'], rows);

function listWays(place: ImportPlace, family: 'postgres' | 'mysql'): string[][] {
  const from = ['--from', place.url];
  if (family === 'mysql')
    return [
      ['physical', ...from, '--method', 'physical'],
      ['logical', ...from, '--method', 'logical'],
      ['logical, rows not counted', ...from, '--method', 'logical', '--no-verify'],
    ];
  const file = join(place.folder, 'bench.dump');
  runClient(place, 'pg_dump', ['-Fc', '-Z1', '-f', file]);
  return [
    ['physical', ...from, '--method', 'physical'],
    ['physical, rows not counted', ...from, '--method', 'physical', '--no-verify'],
    ['logical', ...from, '--method', 'logical'],
    ['logical, rows not counted', ...from, '--method', 'logical', '--no-verify'],
    [`file of ${Math.round(statSync(file).size / 1e6)} MB`, '--from', file],
  ];
}

async function fill(place: ImportPlace, family: 'postgres' | 'mysql'): Promise<void> {
  await using sql = await openSource(place.source);
  for (const table of TABLES) {
    const series =
      family === 'postgres' ? `generate_series(1, ${rowsPerTable}) AS s(seq)` : `seq_1_to_${rowsPerTable}`;
    const filler = "CONCAT(MD5(CAST(seq AS char(10))), REPEAT('x', 50))";
    await sql.query(`CREATE TABLE ${table} (id int PRIMARY KEY, balance int, filler varchar(90))`);
    await sql.query(`INSERT INTO ${table} SELECT seq, 0, ${filler} FROM ${series}`);
  }
  if (family === 'postgres') await sql.query('VACUUM ANALYZE');
}

async function measureSource(place: ImportPlace, family: 'postgres' | 'mysql'): Promise<string> {
  await using sql = await openSource(place.source);
  const query =
    family === 'postgres'
      ? 'SELECT pg_database_size(current_database()) AS bytes'
      : "SELECT SUM(DATA_LENGTH + INDEX_LENGTH) AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'";
  return `${Math.round(Number((await sql.query(query)).rows[0]?.['bytes']) / 1e6)} MB`;
}

/** Into a cluster that is there already, as its master user. */
async function pipeByHand(place: ImportPlace): Promise<number> {
  const target = await place.local.makeSource('by-hand', '15');
  const url = `postgres://bench@127.0.0.1:${target.port}/bench`;
  const only = TABLES.map((table) => `-t ${table}`).join(' ');
  const script = `PGPASSWORD="$FROM" ${BIN}/pg_dump "${place.url}" ${only} --no-owner | PGPASSWORD="$TO" ${BIN}/psql -q "${url}" -o /dev/null`;
  const env = { ...process.env, FROM: PASSWORD, TO: String(target.password) };
  return await measureMs(async () => execFileSync('bash', ['-o', 'pipefail', '-ec', script], { env }));
}

function runClient({ url }: ImportPlace, program: string, args: readonly string[]): void {
  execFileSync(join(BIN, program), [...args, url], { env: { ...process.env, PGPASSWORD: PASSWORD } });
}
