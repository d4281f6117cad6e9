import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { makeGatedShop } from '../support/gated-shop.ts';
import { findLeaks } from '../support/leaks.ts';
import { findLiquibaseProblem, getLiquibase, runReal } from '../support/liquibase.ts';
import { describeIfMet } from '../support/needs.ts';
import { runDbArtifact, startDbArtifact } from '../support/program.ts';
import { hasProgram, type LocalRds, startLocalRds } from '../support/running-rds.ts';
import { projectFolder } from '../support/sources.ts';

const BASE =
  '[source_db]\nsource_db_cluster_id = shop-prod\nliquibase_changelog_path = CHANGELOG\n[target_db]\nsubnet_ids = source\ninstance_type = source\ndatabase_name = fresh\n[schema]\n';
const PASSWORD = 'password-of-the-copy';

const open: { local?: LocalRds; source?: pg.ClientConfig } = {};
const folder = makeFolder();

beforeAll(async () => {
  open.local = await startLocalRds(folder);
  open.source = await open.local.makeSource('shop-prod');
});
afterAll(async () => {
  await open.local?.close();
  removeFolder(folder);
});

const getLocal = (): LocalRds => open.local as LocalRds;

/** A folder with an INI file and what it names; returns the INI's path. */
function writeArtifact(
  name: string,
  keys: string,
  files: Readonly<Record<string, string>>,
  changelog = 'dontcare',
): string {
  const ini = join(folder, name, 'artifact.ini');
  const all = { ...files, 'artifact.ini': BASE.replace('CHANGELOG', changelog) + keys };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
  return ini;
}

const create = (name: string, env = getLocal().env, image = 'db-artifact:latest') =>
  startDbArtifact(
    [
      'converge',
      image,
      '--name',
      name,
      '--create-mode',
      'create',
      '--db-password-stdin',
      '--db-username',
      'dba',
    ],
    env,
    PASSWORD,
  );

async function queryCopy(name: string, text: string): Promise<unknown[]> {
  const { Port: port = 0 } = await getLocal().getCluster(name);
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'dba',
    password: PASSWORD,
    database: 'fresh',
  });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('create with SQL files', () => {
  it('runs them in order, then the after steps, once', async () => {
    const ini = writeArtifact('plain', 'schema_sql_path = db\nafter_sql_path = after.sql\n', {
      'db/1-tables.sql': 'CREATE TABLE orders (id int PRIMARY KEY);\nINSERT INTO orders VALUES (1), (2);\n',
      'db/2-indexes.sql': 'CREATE INDEX CONCURRENTLY orders_id ON orders (id);\n',
      'after.sql': 'CREATE ROLE app;\nGRANT SELECT ON orders TO app;\n',
    });
    expect(await getLocal().run('build', ini)).toContain('the schema runs');
    const created = await create('plain').ended;
    expect(created.status, created.stderr).toBe(0);
    expect(await queryCopy('plain', 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 2 }]);
    expect(await queryCopy('plain', "SELECT has_table_privilege('app', 'orders', 'SELECT') AS can")).toEqual([
      { can: true },
    ]);
    expect((await create('plain').ended).status).toBe(0);
    await getLocal().run('destroy', 'plain');
  });

  it('fails the build of a schema with a syntax error and of one that does not run', async () => {
    const wrong = writeArtifact('syntax', 'schema_sql_path = a.sql\nafter_sql_path = b.sql\n', {
      'a.sql': 'SELECT 1;\nCREATE TABEL x (id int);\n',
      'b.sql': 'GRANT;\n',
    });
    const first = await runDbArtifact(['build', wrong], getLocal().env);
    expect(first.status).toBe(2);
    expect(first.stderr).toMatch(/a\.sql:2: .*TABEL[\s\S]*b\.sql:1: /);
    const broken = writeArtifact('broken', 'schema_sql_path = a.sql\n', {
      'a.sql': '\nCREATE TABLE x (id nosuchtype);\n',
    });
    const second = await runDbArtifact(['build', broken], getLocal().env);
    expect(second.status).toBe(2);
    expect(second.stderr).toMatch(/a\.sql:2: .*nosuchtype/);
    expect(await getLocal().run('build', '--no-rehearsal', broken)).toContain('not tried');
    const failed = await create('broken').ended;
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/a\.sql:2: .*nosuchtype/);
    const left = (await getLocal().listClusters()).map((cluster) => cluster.DBClusterIdentifier);
    expect(left).toEqual(['shop-prod']);
  });
});

describeIfMet('liquibase', await findLiquibaseProblem())('create with Liquibase', () => {
  const CHANGELOG = `databaseChangeLog:
  - changeSet:
      id: 1
      author: dba
      changes:
        - createTable: { tableName: things, columns: [{ column: { name: id, type: int } }] }
  - include: { file: db/more.sql }
`;
  const MORE = '--liquibase formatted sql\n--changeset dba:2\nINSERT INTO things VALUES (7);\n';

  it('brings Liquibase and Java along and converges without either on the machine', async () => {
    const files = { 'db/changelog.yaml': CHANGELOG, 'db/more.sql': MORE };
    const ini = writeArtifact('liquibase', '', files, 'db/changelog.yaml');
    const { home } = await getLiquibase();
    const env = { ...getLocal().env, LIQUIBASE_HOME: home };
    const built = await runDbArtifact(['build', ini], env);
    expect(built.status, built.stderr).toBe(0);
    const again = await runDbArtifact(['build', ini], env);
    expect(again.stdout).toBe(built.stdout);
    const created = await create('liquid', { ...env, PATH: '/nowhere', LIQUIBASE_HOME: '' }).ended;
    expect(created.status, created.stderr).toBe(0);
    expect(await queryCopy('liquid', 'SELECT id FROM things')).toEqual([{ id: 7 }]);
    expect(await queryCopy('liquid', 'SELECT id, filename FROM databasechangelog ORDER BY id')).toEqual([
      { id: '1', filename: 'db/changelog.yaml' },
      { id: '2', filename: 'db/more.sql' },
    ]);
    await getLocal().run('destroy', 'liquid');
  });

  it('goes on when Liquibase was killed with its lock held', async () => {
    const victim = create('killed');
    await new Promise<void>((resolve) => {
      victim.child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Liquibase update')) {
          victim.child.kill('SIGKILL');
          resolve();
        }
      });
      victim.child.once('close', () => resolve());
    });
    await victim.ended;
    const again = await create('killed').ended;
    expect(again.status, again.stderr).toBe(0);
    expect(await queryCopy('killed', 'SELECT id FROM things')).toEqual([{ id: 7 }]);
    await getLocal().run('destroy', 'killed');
  });
});

const withoutMariadb = (await findLiquibaseProblem()) ?? (hasProgram('mariadbd') ? undefined : 'no mariadbd');

describeIfMet('liquibase', withoutMariadb)('create with Liquibase and MariaDB', () => {
  it('applies every kind of change set, and a real Liquibase finds nothing more to do', async () => {
    const shop = await makeGatedShop(getLocal(), folder, 'mysql');
    const ini = writeArtifact(
      'maria',
      'liquibase_parameters = owner.email=owner@example.com\n',
      {},
      'yaml/changelog.yaml',
    );
    writeFileSync(ini, readFileSync(ini, 'utf8').replace('shop-prod', shop.sourceId));
    cpSync(join(projectFolder, 'test', 'fixtures', 'changelogs'), dirname(ini), { recursive: true });
    const { home } = await getLiquibase();
    const env = { ...getLocal().env, LIQUIBASE_HOME: home };
    const built = await runDbArtifact(['build', ini, '-t', 'maria:1', '--liquibase-contexts', 'test'], env);
    expect([built.status, built.stdout.includes('the schema runs')], built.stderr).toEqual([0, true]);
    const created = await create('maria', env, 'maria:1').ended;
    expect(created.status, created.stderr).toBe(0);
    const { Port: port = 0 } = await getLocal().getCluster('maria');
    const status = await runReal('status', dirname(ini), {
      changelogPath: 'yaml/changelog.yaml',
      parameters: { 'owner.email': 'owner@example.com' },
      database: {
        ...{ family: 'mysql', host: '127.0.0.1', port, user: 'dba', password: PASSWORD, database: 'fresh' },
        ...{ tls: 'off', timeoutMs: 5000 },
      },
    });
    // One runs always, and one may fail and did.
    expect(status).toContain('2 changesets have not been applied');
    await getLocal().run('destroy', 'maria');
  });
});

describe('a draft of a masking policy', () => {
  it('is written from the source, covers it, and is what the build then checks', async () => {
    const { host, port, user, password, database } = open.source as pg.ClientConfig;
    const client = new pg.Client({ host, port, user, password, database } as pg.ClientConfig);
    await client.connect();
    await client.query('CREATE TABLE customers (id int PRIMARY KEY, email text, joined date)');
    await client.end();
    const ini = writeArtifact('masked', '[masking]\nmasking_policy_path = masking.yaml\n', {
      password: `${password}\n`,
    });
    const login = ['--source-db-password-file', join(folder, 'masked', 'password')];
    const draft = join(folder, 'masked', 'masking.yaml');
    await getLocal().run('build', ini, ...login, '--draft-policy', draft);
    await getLocal().run('build', ini, ...login);
    writeFileSync(draft, 'version: 1\ntables:\n  customers:\n    columns: { id: keep, email: fake email }\n');
    const { status, stderr } = await runDbArtifact(['build', ini, ...login], getLocal().env);
    expect(status).toBe(2);
    expect(stderr).toMatch(/public\.customers\.joined .*has no class/);
    expect((await runDbArtifact(['build', ini], getLocal().env)).stderr).toContain('not checked');
  });
});

describe('afterwards', () => {
  it('leaves nothing behind', async () => {
    await getLocal().run('local', 'down', '--delete');
    expect(findLeaks(folder)).toEqual({ processes: [], mounts: [], loopDevices: [] });
  });
});
