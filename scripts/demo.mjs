// The main job from an empty machine: local RDS, a source with a good 1 GB of data, an artifact, a copy of your own.
// Everything goes through the programs and the RDS API, as a user would do it. Run it again: it goes on from what is there.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { buildIfNeeded, root } from './prepare.mjs';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const SOURCE = 'shop-prod';
const COPY = 'shop-demo';
const PROFILE = 'db-artifact-local';

buildIfNeeded();
const {
  RDSClient,
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  ModifyDBClusterCommand,
} = await import('@aws-sdk/client-rds');
const { waitUntilDBInstanceAvailable, waitUntilDBClusterAvailable } = await import('@aws-sdk/client-rds');
const { default: pg } = await import('pg');

const environment = { ...process.env, AWS_PROFILE: PROFILE };
say('1. The local RDS: an RDS API on this machine, over real PostgreSQL');
command(['local', 'up']);
process.env.AWS_PROFILE = PROFILE;
const rds = new RDSClient({});

say(`2. The source: cluster ${SOURCE}, made with the AWS SDK and filled with a web shop`);
const source = await makeSource();
await fillSource(source);
const sourceClient = await connect(source);

say('3. The publisher: an INI file becomes an artifact image');
console.log(readFileSync(join(root, 'examples/shop/artifact.ini'), 'utf8').replace(/^(?=.)/gm, '    '));
command(['build', 'examples/shop/artifact.ini']);

say('4. The consumer: a copy of their own');
const begin = performance.now();
command(['converge', '--name', COPY]);
const convergeSeconds = (performance.now() - begin) / 1000;
const ownBytesBefore = readStatus().clusters.find((cluster) => cluster.id === COPY)?.ownBytes;
const copy = { connectionString: capture(['url', COPY]).trim() };
const copyClient = await connect(copy);
const queryBegin = performance.now();
const { rows: counts } = await copyClient.query(
  'SELECT (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM items) AS items',
);
const countSeconds = (performance.now() - queryBegin) / 1000;

say('5. The copy is really apart: rows change in it, and the source keeps its own');
const revenue =
  'SELECT count(*)::int AS orders, sum(length(note))::int AS notes FROM orders WHERE customer_id <= 500';
const before = (await sourceClient.query(revenue)).rows[0];
await copyClient.query(
  'DELETE FROM items WHERE order_id IN (SELECT id FROM orders WHERE customer_id <= 500)',
);
await copyClient.query('DELETE FROM orders WHERE customer_id <= 500');
await copyClient.query("UPDATE customers SET full_name = 'Changed in the copy' WHERE id <= 500");
const inCopy = (await copyClient.query(revenue)).rows[0];
const after = (await sourceClient.query(revenue)).rows[0];
const changed = (
  await sourceClient.query("SELECT count(*)::int AS n FROM customers WHERE full_name LIKE 'Changed%'")
).rows[0].n;
if (after.orders !== before.orders || changed !== 0 || inCopy.orders !== 0)
  throw new Error('the copy and its source are not apart');
console.log(
  `Orders of the first 500 customers: ${before.orders} in the source, ${inCopy.orders} left in the copy, still ${after.orders} in the source.`,
);
console.log(`Customers renamed in the copy: 500; renamed in the source: ${changed}.`);

say('6. What it took');
const size = (await sourceClient.query('SELECT pg_size_pretty(pg_database_size(current_database())) AS size'))
  .rows[0].size;
const status = readStatus();
const own = status.clusters.find((cluster) => cluster.id === COPY);
printTable([
  ['size of the source', size],
  ['rows', `${counts[0].customers} customers, ${counts[0].orders} orders, ${counts[0].items} items`],
  ['converge, the whole process', `${convergeSeconds.toFixed(2)} s`],
  ['counting all rows in the copy', `${countSeconds.toFixed(2)} s`],
  ['disk of its own that the copy took', formatBytes(ownBytesBefore)],
  ['the same after the changes', formatBytes(own?.ownBytes)],
  ['storage', status.driver.reason],
]);

await Promise.all([sourceClient.end(), copyClient.end()]);
say('Next');
printTable([
  ['open it', `npx db-artifact psql ${COPY}    (or: psql "$(npx db-artifact url ${COPY})")`],
  ['see it', 'npx db-artifact list'],
  ['remove it', `npx db-artifact destroy ${COPY}`],
  ['stop the local RDS', 'npx db-artifact local down    (data stay; add --delete to remove everything)'],
]);
console.log(`\nThese commands use the profile that "local up" wrote: export AWS_PROFILE=${PROFILE}`);

/** The source's connection; a cluster that is there already gets a new password, as nobody kept the old one. */
async function makeSource() {
  const password = randomBytes(18).toString('hex');
  const wanted = { DBClusterIdentifier: SOURCE };
  const waiting = { client: rds, maxWaitTime: 120, minDelay: 1, maxDelay: 1 };
  if (await findCluster()) {
    await rds.send(
      new ModifyDBClusterCommand({ ...wanted, MasterUserPassword: password, ApplyImmediately: true }),
    );
  } else {
    await rds.send(
      new CreateDBClusterCommand({
        ...wanted,
        Engine: 'aurora-postgresql',
        MasterUsername: 'shop',
        MasterUserPassword: password,
        DatabaseName: 'shop',
      }),
    );
  }
  await waitUntilDBClusterAvailable(waiting, wanted);
  const cluster = await findCluster();
  if (!cluster.DBClusterMembers?.length) {
    await rds.send(
      new CreateDBInstanceCommand({
        ...{ DBInstanceIdentifier: `${SOURCE}-1`, DBClusterIdentifier: SOURCE },
        ...{ DBInstanceClass: 'db.r6g.large', Engine: 'aurora-postgresql' },
      }),
    );
  }
  await waitUntilDBInstanceAvailable(waiting, { DBInstanceIdentifier: `${SOURCE}-1` });
  const { Endpoint: host, Port: port } = await findCluster();
  console.log(`${SOURCE} listens at ${host}:${port}`);
  return { host, port, user: 'shop', password, database: 'shop' };
}

async function findCluster() {
  try {
    return (await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: SOURCE }))).DBClusters[0];
  } catch (error) {
    if (error.name.startsWith('DBClusterNotFound')) return undefined;
    throw error;
  }
}

/** One transaction: an interrupted run leaves an empty database, and the next one fills it. */
async function fillSource(connection) {
  const client = await connect(connection);
  try {
    const { rows } = await client.query("SELECT to_regproc('customer_revenue_cents') IS NOT NULL AS filled");
    if (rows[0].filled) return console.log('It is filled already.');
    console.log('Filling it with examples/shop/shop.sql: a minute or so...');
    const start = performance.now();
    await client.query(readFileSync(join(root, 'examples/shop/shop.sql'), 'utf8'));
    await client.query('VACUUM (FREEZE, ANALYZE)');
    await client.query('CHECKPOINT');
    console.log(`Filled in ${((performance.now() - start) / 1000).toFixed(0)} s.`);
  } finally {
    await client.end();
  }
}

async function connect(connection) {
  const client = new pg.Client(connection);
  await client.connect();
  return client;
}

function say(text) {
  const isColored = process.stdout.isTTY && !process.env.NO_COLOR;
  console.log(isColored ? `\n${styleText('bold', text)}\n` : `\n${text}\n`);
}

/** Shows a command as a user would type it and runs it. */
function command(args) {
  console.log(`$ npx db-artifact ${args.join(' ')}`);
  const { status, error } = spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args], {
    ...{ cwd: root, stdio: 'inherit', env: environment },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function readStatus() {
  return JSON.parse(capture(['local', 'status', '--json']));
}

function capture(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args], {
    ...{ cwd: root, encoding: 'utf8', env: environment },
  });
  if (status === 0) return stdout;
  console.error(stderr);
  process.exit(status ?? 1);
}

function printTable(rows) {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) console.log(`  ${name.padEnd(width)}  ${value}`);
}

function formatBytes(bytes) {
  if (bytes === undefined) return 'not known';
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
