// Transactions a second of a source, and of a copy right after the clone and after minutes of writes, for each driver.
// Needs root, xfsprogs, btrfs-progs and the system's pgbench.
// `npm run bench -- tps [--drivers overlay,snapshot,reflink,copy] [--scale 10] [--seconds 10] [--minutes 2]`
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type LocalRds, startLocalRds } from '../test/support/running-rds.ts';
import { describeMachine, printTable } from './support/measure.ts';
import { makePlace } from './support/place.ts';

const { values } = parseArgs({
  options: {
    drivers: { type: 'string', default: 'overlay,snapshot,reflink,copy' },
    scale: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '2' },
    clients: { type: 'string', default: '4' },
    pgbench: { type: 'string', default: '/usr/lib/postgresql/15/bin/pgbench' },
  },
});
const fileSystems = { overlay: 'xfs', snapshot: 'btrfs', reflink: 'xfs', copy: 'plain' } as const;

interface Row {
  readonly source: number;
  readonly fresh: number;
  readonly warm: number;
  readonly worn: number;
  readonly rebuilt: number;
}

const rows: string[][] = [];
console.log(
  `${describeMachine()}, pgbench scale ${values.scale}, ${values.clients} clients, ${values.seconds} s each`,
);
for (const driver of values.drivers.split(',') as (keyof typeof fileSystems)[]) {
  const fileSystem = fileSystems[driver];
  const place = makePlace(fileSystem, 20 * 2 ** 30);
  try {
    const local = await startLocalRds(place.folder, ['--driver', driver]);
    try {
      const { source, fresh, warm, worn, rebuilt } = await measureDriver(local);
      const cells = [source, fresh, warm, worn, rebuilt].map((tps) => String(Math.round(tps)));
      rows.push([driver, fileSystem === 'plain' ? 'as it is' : fileSystem, ...cells]);
      console.error(rows.at(-1)?.join(', '));
    } finally {
      await local.close();
    }
  } finally {
    place.remove();
  }
}
printTable(
  [
    ...['driver', 'file system', 'source', 'copy, first seconds', 'copy, then'],
    ...[`copy after ${values.minutes} minutes of writes`, 'the same after `VACUUM FULL`'],
  ],
  rows,
);

async function measureDriver(local: LocalRds): Promise<Row> {
  const source = await local.makeSource('source');
  runPgbench(source, ['--initialize', '--quiet', '--scale', values.scale]);
  const run = (login: pg.ClientConfig, seconds = Number(values.seconds)): number =>
    parseTps(runPgbench(login, ['--time', String(seconds), '--client', values.clients, '--no-vacuum']));
  run(source);
  const ofSource = run(source);
  const copy = await local.cloneCluster('source', 'copy', source);
  const fresh = run(copy);
  const warm = run(copy);
  run(copy, Number(values.minutes) * 60);
  const worn = run(copy);
  await rewriteTables(copy);
  return { source: ofSource, fresh, warm, worn, rebuilt: run(copy) };
}

async function rewriteTables(login: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(login);
  await client.connect();
  await client.query('VACUUM FULL');
  await client.end();
}

function runPgbench({ host, port, user, password, database }: pg.ClientConfig, args: string[]): string {
  const login = ['--host', String(host), '--port', String(port), '--username', String(user)];
  return execFileSync(values.pgbench, [...login, ...args, String(database)], {
    env: { PGPASSWORD: String(password), PATH: process.env['PATH'] },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function parseTps(said: string): number {
  return Number(/^tps = ([\d.]+)/m.exec(said)?.[1]);
}
