// Rows masked per second, beside a script written by hand for the same tables, and a search for every original value in
// a dump of what was masked. `npm run bench -- masking [--customers 1000000] [--runs 3]`; `--runs 0`: the search alone.
import { parseArgs } from 'node:util';
import { parseMaskingPolicy } from '../src/artifact/read-masking-policy.ts';
import { maskDatabase } from '../src/converge/masking/mask-database.ts';
import { connectDatabase, type SqlConnection } from '../src/sql/connect.ts';
import { connectWhenReady } from '../test/support/connect-when-ready.ts';
import { findOriginals, readOriginals } from '../test/support/originals.ts';
import { MYSQL_POLICY, MYSQL_SHOP, POSTGRES_POLICY, POSTGRES_SHOP } from '../test/support/shop.ts';
import { findServerProblem, startSqlServer } from '../test/support/sql-servers.ts';
import { maskByHand } from './support/handwritten-masking.ts';
import {
  describeMachine,
  formatSample,
  measureMs,
  printTable,
  type Sample,
  sample,
} from './support/measure.ts';

const { values } = parseArgs({
  options: { customers: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '3' } },
});
const customers = Number(values.customers);
const runs = Number(values.runs);

type Connect = (database: string) => Promise<SqlConnection>;

console.log(describeMachine());
await measurePostgres();
if (findServerProblem('mysql') === undefined) await searchMysql();

async function measurePostgres(): Promise<void> {
  const server = await startSqlServer('postgres');
  const connect = async (database: string): Promise<SqlConnection> =>
    await connectDatabase({ ...server.options, database });
  const admin = await connectWhenReady({ ...server.options, database: 'postgres' });
  try {
    await fill(await connect('shop'));
    if (runs > 0) await compareMethods(connect, admin);
    const originals = await withConnection(
      await connect('shop'),
      async (on) => await readOriginals(on, 'postgres'),
    );
    await admin.query('CREATE DATABASE clone TEMPLATE shop');
    await mask(connect, 'clone', 4);
    report('PostgreSQL', originals.values.size, await findOriginals(server, 'clone', originals));
  } finally {
    await admin.close();
    await server.stop();
  }
}

async function compareMethods(connect: Connect, admin: SqlConnection): Promise<void> {
  const rows = await countRows(await connect('shop'));
  const onCopy = async (work: (database: string) => Promise<unknown>): Promise<number> => {
    await admin.query('CREATE DATABASE clone TEMPLATE shop');
    await admin.query('CHECKPOINT');
    const ms = await measureMs(async () => await work('clone'));
    await admin.query('DROP DATABASE clone');
    return ms;
  };
  const methods: [string, (database: string) => Promise<unknown>][] = [
    [
      'a script by hand, one connection',
      async (database) => await withConnection(await connect(database), maskByHand),
    ],
    ['db-artifact, 4 connections', async (database) => await mask(connect, database, 4)],
    ['db-artifact, 1 connection', async (database) => await mask(connect, database, 1)],
  ];
  const results: [string, Sample][] = [];
  for (const [name, work] of methods) {
    results.push([name, await sample(runs, async () => await onCopy(work))]);
  }
  const byHand = results[0]?.[1].medianMs ?? 0;
  printTable(
    ['method', 'time', 'rows per second', 'of the script'],
    results.map(([name, result]) => [
      name,
      formatSample(result),
      String(Math.round((rows / result.medianMs) * 1000)),
      `${(result.medianMs / byHand).toFixed(2)} ×`,
    ]),
  );
}

/** The policy keeps the texts of one table, which hold addresses. */
async function searchMysql(): Promise<void> {
  const server = await startSqlServer('mysql');
  try {
    const shop = await connectWhenReady(server.options);
    await withConnection(shop, async () => {
      await shop.query(MYSQL_SHOP(customers));
      const originals = await readOriginals(shop, 'mysql');
      const { seconds } = await maskDatabase({
        connect: async () => await connectDatabase(server.options),
        ...{ family: 'mysql', copyId: 'bench', policy: parseMaskingPolicy(MYSQL_POLICY, 'masking.yaml') },
        ...{ seed: 'bench', progress: () => {} },
      });
      console.log(`MariaDB: masked in ${seconds} s`);
      report('MariaDB', originals.values.size, await findOriginals(server, 'shop', originals, ['notes']));
    });
  } finally {
    await server.stop();
  }
}

function report(name: string, searched: number, found: readonly string[]): void {
  console.log(`${name}: ${found.length} of ${searched} original values found in the dump`);
  if (found.length > 0) throw new Error(`such as ${found.slice(0, 5).join(', ')}`);
}

async function fill(connection: SqlConnection): Promise<void> {
  await withConnection(connection, async () => {
    await connection.query(POSTGRES_SHOP(customers));
    await connection.query('VACUUM ANALYZE');
  });
}

async function countRows(connection: SqlConnection): Promise<number> {
  return await withConnection(connection, async () => {
    const { rows } = await connection.query(
      'SELECT sum(reltuples) AS rows FROM pg_class WHERE relkind = $1 AND relnamespace = $2::regnamespace',
      ['r', 'public'],
    );
    return Number(rows[0]?.['rows']);
  });
}

async function withConnection<T>(
  connection: SqlConnection,
  work: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function mask(connect: Connect, database: string, parallel: number): Promise<void> {
  const { seconds } = await maskDatabase({
    connect: async (other = database) => await connect(other),
    family: 'postgres',
    copyId: 'bench',
    policy: parseMaskingPolicy(`${POSTGRES_POLICY}other_databases: { shop: keep }\n`, 'masking.yaml'),
    seed: 'bench',
    progress: () => {},
    parallel,
  });
  if (seconds <= 0) throw new Error('nothing was masked');
}
