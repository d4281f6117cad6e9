// Transactions a second of a source, and of a copy right after the clone and after minutes of writes, for each driver. The
// copies are written to all at the same time, at a rate that every driver keeps up with, and measured one after another:
// some 13 minutes for all. Needs root, xfsprogs, btrfs-progs and the system's pgbench.
// `npm run bench -- tps [--drivers overlay,snapshot,reflink,copy] [--scale 10] [--seconds 6] [--minutes 10] [--rate 100]`
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { type LocalRds, startLocalRds } from '../test/support/running-rds.ts';
import { describeMachine, printTable } from './support/measure.ts';
import { makePlace } from './support/place.ts';

const { values } = parseArgs({
  options: {
    drivers: { type: 'string', default: 'overlay,snapshot,reflink,copy' },
    scale: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '6' },
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '100' },
    clients: { type: 'string', default: '4' },
    pgbench: { type: 'string', default: '/usr/lib/postgresql/15/bin/pgbench' },
  },
});
const fileSystems = { overlay: 'xfs', snapshot: 'btrfs', reflink: 'xfs', copy: 'plain' } as const;
type DriverName = keyof typeof fileSystems;

/** Ports of each service, apart from those of the others. */
const FIRST_PORT = 22_000;
const PORTS_EACH = 100;

/** One driver on a file system of its own. */
interface Subject {
  readonly driver: DriverName;
  readonly copy: pg.ClientConfig;
  readonly tps: { readonly source: number; readonly fresh: number; readonly warm: number };
}

const { clients, rate, minutes, seconds } = values;
console.log(
  `${describeMachine()}, pgbench scale ${values.scale}, ${clients} clients, ${seconds} s each, ${rate} transactions a second meanwhile`,
);
const cleanups: (() => Promise<void> | void)[] = [];
try {
  const subjects: Subject[] = [];
  for (const driver of values.drivers.split(',') as DriverName[]) subjects.push(await open(driver));
  console.error(`${minutes} minutes of writes...`);
  await Promise.all(
    subjects.map(async ({ copy }) => await run(copy, Number(minutes) * 60, ['--rate', rate])),
  );
  const rows: string[][] = [];
  for (const subject of subjects) rows.push(await finish(subject));
  printTable(
    [
      ...['driver', 'file system', 'source', 'copy, first seconds', 'copy, then'],
      ...[`copy after ${minutes} minutes of writes`, 'the same after `VACUUM FULL`'],
    ],
    rows,
  );
} finally {
  for (const cleanUp of cleanups.reverse()) await cleanUp();
}

/** A source and a copy of it, measured while both are new. */
async function open(driver: DriverName): Promise<Subject> {
  console.error(`${driver}...`);
  const place = makePlace(fileSystems[driver], 20 * 2 ** 30);
  cleanups.push(() => place.remove());
  const first = FIRST_PORT + cleanups.length * PORTS_EACH;
  const ports = `${first}-${first + PORTS_EACH - 1}`;
  const local: LocalRds = await startLocalRds(place.folder, ['--driver', driver, '--ports', ports]);
  cleanups.push(async () => await local.close());
  const source = await local.makeSource('source');
  await runPgbench(source, ['--initialize', '--quiet', '--scale', values.scale]);
  await run(source);
  const ofSource = await run(source);
  const copy = await local.cloneCluster('source', 'copy', source);
  const fresh = await run(copy);
  const warm = await run(copy);
  return { driver, copy, tps: { source: ofSource, fresh, warm } };
}

async function finish({ driver, copy, tps }: Subject): Promise<string[]> {
  const worn = await run(copy);
  await rewriteTables(copy);
  const rebuilt = await run(copy);
  const cells = [tps.source, tps.fresh, tps.warm, worn, rebuilt].map((value) => String(Math.round(value)));
  const fileSystem = fileSystems[driver] === 'plain' ? 'as it is' : fileSystems[driver];
  console.error([driver, ...cells].join(', '));
  return [driver, fileSystem, ...cells];
}

/** Returns the transactions a second. */
async function run(
  login: pg.ClientConfig,
  forSeconds = Number(seconds),
  more: readonly string[] = [],
): Promise<number> {
  const args = ['--time', String(forSeconds), '--client', clients, '--no-vacuum', ...more];
  return Number(/^tps = ([\d.]+)/m.exec(await runPgbench(login, args))?.[1]);
}

async function rewriteTables(login: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(login);
  await client.connect();
  await client.query('VACUUM FULL');
  await client.end();
}

async function runPgbench(
  { host, port, user, password, database }: pg.ClientConfig,
  args: readonly string[],
): Promise<string> {
  const login = ['--host', String(host), '--port', String(port), '--username', String(user)];
  const env = { PGPASSWORD: String(password), PATH: process.env['PATH'] };
  return (await promisify(execFile)(values.pgbench, [...login, ...args, String(database)], { env })).stdout;
}
