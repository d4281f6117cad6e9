// A source with customers, orders and a login of its own, and artifacts that mask its clones, on either engine: what the
// tests of the gate share.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateDBClusterCommand, CreateDBInstanceCommand } from '@aws-sdk/client-rds';
import { connectDatabase } from '../../src/sql/connect.ts';
import { type Intruder, type Prober, startProber } from './prober.ts';
import { type Started, startDbArtifact } from './program.ts';
import type { LocalRds } from './running-rds.ts';
import { waitFor } from './wait.ts';

export const ROWS = 20_000;
export const NEW_PASSWORD = 'new-password-of-the-copy';
/** How many customers are still as they were. */
export const LEAK = "SELECT count(*) AS n FROM customers WHERE email LIKE '%@real.test'";

const SOURCE_PASSWORD = 'password-of-the-source';
const CLERK_PASSWORD = 'clerk-secret';

export const POLICY = `version: 1
seed: shop
tables:
  customers:
    columns: { id: keep, email: fake email, full_name: fake name, notes: keep }
  orders:
    columns: { id: keep, customer_id: keep, ship_to: fake name }
`;

export type Family = 'postgres' | 'mysql';

const CONTENT: Readonly<Record<Family, readonly string[]>> = {
  postgres: [
    'CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE, full_name text, notes text)',
    `INSERT INTO customers SELECT i, 'person' || i || '@real.test', 'Person ' || i, 'calls +49 171 5550' || (i % 900 + 100)
       FROM generate_series(1, ${ROWS}) i`,
    `CREATE TABLE orders AS SELECT i AS id, i % ${ROWS} + 1 AS customer_id, 'Person ' || (i % ${ROWS} + 1) AS ship_to
       FROM generate_series(1, ${ROWS}) i`,
    `CREATE ROLE clerk LOGIN PASSWORD '${CLERK_PASSWORD}'`,
    'GRANT SELECT ON customers TO clerk',
  ],
  mysql: [
    'CREATE TABLE customers (id int PRIMARY KEY, email varchar(100) UNIQUE, full_name varchar(100), notes text)',
    `INSERT INTO customers SELECT seq, concat('person', seq, '@real.test'), concat('Person ', seq), 'calls +49 171 5550123'
       FROM seq_1_to_${ROWS}`,
    `CREATE TABLE orders (id int PRIMARY KEY, customer_id int, ship_to varchar(100))`,
    `INSERT INTO orders SELECT seq, seq % ${ROWS} + 1, concat('Person ', seq % ${ROWS} + 1) FROM seq_1_to_${ROWS}`,
    `CREATE USER clerk@'%' IDENTIFIED BY '${CLERK_PASSWORD}'`,
    "GRANT SELECT ON shop.customers TO clerk@'%'",
  ],
};

const AFTER: Readonly<Record<Family, string>> = {
  postgres: `CREATE ROLE app LOGIN PASSWORD 'app-secret';\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO app;\n`,
  mysql: `CREATE USER app@'%' IDENTIFIED BY 'app-secret';\nGRANT SELECT ON shop.* TO app@'%';\n`,
};

export interface GatedShop {
  readonly family: Family;
  readonly sourceId: string;
  readonly intruders: readonly Intruder[];
  /** Builds an artifact into a store; `lines` go to the end of its INI file, into `[masking]`. */
  build(image: string, lines?: string, replaced?: Readonly<Record<string, string>>): Promise<void>;
  write(file: string, text: string): void;
  startConverge(image: string, name: string, args?: readonly string[], env?: NodeJS.ProcessEnv): Started;
  probe(name: string): Prober;
  /** On a cluster; by default as the master user of a copy. */
  query(
    id: string,
    text: string,
    user?: string,
    password?: string,
  ): Promise<readonly Record<string, unknown>[]>;
  countLeft(name: string): Promise<number>;
}

export async function makeGatedShop(local: LocalRds, folder: string, family: Family): Promise<GatedShop> {
  const sourceId = `shop-${family}`;
  const write = (file: string, text: string) => writeFileSync(join(folder, `${family}-${file}`), text);
  const findPort = async (name: string) => (await local.getCluster(name)).Port;
  const query: GatedShop['query'] = async (id, text, user = 'dba', password = NEW_PASSWORD) => {
    const place = {
      host: '127.0.0.1',
      port: (await findPort(id)) ?? 0,
      tls: 'off',
      timeoutMs: 10_000,
    } as const;
    const connection = await connectDatabase({ ...place, family, user, password, database: 'shop' });
    try {
      return (await connection.query(text)).rows;
    } finally {
      await connection.close();
    }
  };
  const [from, elsewhere] = ['127.0.0.1', '127.0.0.2'];
  const intruders = [elsewhere, from].flatMap((address) => [
    { user: 'dba', password: NEW_PASSWORD, from: address },
    { user: 'dba', password: SOURCE_PASSWORD, from: address },
    { user: 'clerk', password: CLERK_PASSWORD, from: address },
  ]);
  await makeSource(local, sourceId, family);
  await waitFor('the source', async () =>
    query(sourceId, 'SELECT 1', 'dba', SOURCE_PASSWORD).then(
      () => true,
      () => false,
    ),
  );
  for (const text of CONTENT[family]) await query(sourceId, text, 'dba', SOURCE_PASSWORD);
  write('masking.yaml', POLICY);
  write('extra.sql', "UPDATE orders SET ship_to = 'somebody' WHERE id = 1;\n");
  write('after.sql', AFTER[family]);
  return {
    ...{ family, sourceId, intruders, write, query },
    async build(image, lines = '', replaced = {}) {
      const ini = Object.entries(replaced).reduce(
        (text, [one, other]) => text.replace(one, other),
        formatIni(sourceId, family),
      );
      write('artifact.ini', `${ini}${lines}\n`);
      await local.run('build', join(folder, `${family}-artifact.ini`), '--to', image);
    },
    startConverge: (image, name, args = [], env = local.env) =>
      startDbArtifact(
        ['converge', image, '--name', name, '--db-password-stdin', '--progress', 'json', ...args],
        env,
        NEW_PASSWORD,
      ),
    probe: (name) => startProber(() => findPort(name), { family, database: 'shop', query: LEAK }, intruders),
    countLeft: async (name) => Number((await query(name, LEAK))[0]?.['n']),
  };
}

async function makeSource(local: LocalRds, id: string, family: Family): Promise<void> {
  const Engine = family === 'postgres' ? 'aurora-postgresql' : 'aurora-mysql';
  await local.rds.send(
    new CreateDBClusterCommand({
      ...{ DBClusterIdentifier: id, Engine, DatabaseName: 'shop', MasterUsername: 'dba' },
      ...{ MasterUserPassword: SOURCE_PASSWORD, VpcSecurityGroupIds: [local.securityGroupId] },
    }),
  );
  await local.rds.send(
    new CreateDBInstanceCommand({
      ...{
        DBInstanceIdentifier: `${id}-1`,
        DBClusterIdentifier: id,
        DBInstanceClass: 'db.r6g.large',
        Engine,
      },
    }),
  );
}

function formatIni(sourceId: string, family: Family): string {
  return `[source_db]
source_db_cluster_id = ${sourceId}
[target_db]
subnet_ids = source
instance_type = source
[network]
allowed_cidrs = 127.0.0.0/8
[schema]
after_sql_path = ${family}-after.sql
[masking]
masking_policy_path = ${family}-masking.yaml
masking_sql_path = ${family}-extra.sql
`;
}
