import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMaskingPolicy } from '../../src/artifact/read-masking-policy.ts';
import { maskDatabase } from '../../src/converge/masking/mask-database.ts';
import type { MaskingReport } from '../../src/converge/masking/report.ts';
import { connectDatabase, type SqlConnection } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { describeIfMet } from '../support/needs.ts';
import { readAll } from '../support/shop.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const SCHEMA = `
  CREATE SCHEMA "Odd Schema";
  CREATE TYPE mood AS ENUM ('good', 'bad');
  CREATE DOMAIN address AS varchar(60) CHECK (VALUE ~ '@');
  CREATE TABLE "Odd Schema"."A ""quoted"" table" (
    "Key" bigint PRIMARY KEY, "E-Mail" address NOT NULL, token uuid, code bytea, amount numeric(12, 2), feeling mood,
    tags text[], host inet, parent bigint REFERENCES "Odd Schema"."A ""quoted"" table" ("Key"), settings json);
  INSERT INTO "Odd Schema"."A ""quoted"" table"
    SELECT i, 'p' || i || '@old.test', md5(i::text)::uuid, 'old'::bytea, i, 'bad', ARRAY['old'], '192.0.2.1', nullif(i - 1, 0),
      '{"list": [{"mail": "x@old.test"}], "none": null}' FROM generate_series(1, 50) AS i;
  CREATE UNIQUE INDEX lower_mail ON "Odd Schema"."A ""quoted"" table" (lower("E-Mail"));
  CREATE TABLE parents (a int, b text, PRIMARY KEY (a, b));
  CREATE TABLE children (a int, b text, n int, FOREIGN KEY (a, b) REFERENCES parents ON DELETE CASCADE);
  INSERT INTO parents SELECT i, 'old ' || i FROM generate_series(1, 20) AS i;
  INSERT INTO children SELECT a, b, a FROM parents;
  CREATE TABLE base (id int, secret text);
  CREATE TABLE derived (more text) INHERITS (base);
  INSERT INTO base VALUES (1, 'old'), (2, NULL); INSERT INTO derived VALUES (3, 'old', 'old');
  CREATE TABLE parts (more text, id int, secret text) PARTITION BY LIST (id);
  CREATE TABLE part_of (id int, secret text, more text);
  ALTER TABLE parts ATTACH PARTITION part_of FOR VALUES IN (1);
  INSERT INTO parts VALUES ('more', 1, 'old');
  CREATE TABLE guarded (id int, secret text);
  INSERT INTO guarded VALUES (1, 'old'), (2, 'old');
  ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
  CREATE POLICY first_only ON guarded USING (id = 1);
  CREATE TABLE empty_one (id int PRIMARY KEY, secret text);
  CREATE TABLE no_columns ();
  CREATE TABLE logs (id int GENERATED ALWAYS AS IDENTITY, line text NOT NULL, kind text NOT NULL CHECK (kind <> 'x'));
  INSERT INTO logs (line, kind) SELECT 'old', 'k' FROM generate_series(1, 50);
  CREATE TABLE others (id int, secret text);
  INSERT INTO others VALUES (1, 'old');
  SELECT lo_from_bytea(0, 'old');
  ANALYZE;`;

const POLICY = `
seed: odd
tables:
  'Odd Schema.A "quoted" table':
    columns: { Key: keep, E-Mail: fake email, token: hash, code: hash, amount: hash, feeling: { value: good }, tags: null,
      host: null, parent: keep, settings: { json: { list.0.mail: fake email, none: fake email, gone.x: hash } } }
  parents: { drop_rows: a > 10, columns: { a: keep, b: hash } }
  children: { columns: { a: keep, b: hash, n: shuffle } }
  base: { columns: { secret: hash } }
  derived: { columns: { secret: hash, more: null } }
  parts: { columns: { secret: hash, more: keep } }
  "*ed": { columns: { secret: fake text } }
  empty_one: { columns: { secret: null } }
  no_columns: { columns: {} }
  logs: truncate
  others: { columns: { secret: hash } }
columns: { id: keep }
large_objects: unlink
`;

describeIfMet('postgres', findServerProblem('postgres'))('masking odd things of PostgreSQL', () => {
  let server: SqlServer;
  let connection: SqlConnection;
  const made: { report?: MaskingReport } = {};

  beforeAll(async () => {
    server = await startSqlServer('postgres');
    const admin = await connectWhenReady({ ...server.options, database: 'postgres' });
    await admin.query(
      `CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'master-secret'; CREATE ROLE "Other Owner"`,
    );
    await admin.query('DROP DATABASE shop');
    await admin.query('CREATE DATABASE shop OWNER master');
    await admin.close();
    const options = { ...server.options, user: 'master', password: 'master-secret' };
    connection = await connectDatabase(options);
    await connection.query(SCHEMA);
    const owner = await connectDatabase({ ...server.options, database: 'shop' });
    await owner.query('ALTER TABLE others OWNER TO "Other Owner"');
    await owner.close();
    made.report = await maskDatabase({
      connect: async (database = 'shop') => await connectDatabase({ ...options, database }),
      family: 'postgres',
      copyId: 'cluster-1',
      policy: parseMaskingPolicy(POLICY, 'masking.yaml'),
      seed: 'none',
      progress: () => {},
    });
  });

  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  it('masks odd names, domains, enums, UUIDs, bytes, numbers and JSON lists', async () => {
    const rows = await readAll(
      connection,
      `SELECT * FROM "Odd Schema"."A ""quoted"" table" WHERE "Key" IN (1, 2) ORDER BY 1`,
    );
    expect(rows[0]).toMatchObject({
      'E-Mail': expect.stringMatching(/@example\.com$/),
      feeling: 'good',
      tags: null,
      parent: null,
    });
    const settings = rows[1]?.['settings'] as { list: { mail: string }[]; none: null };
    expect(Object.keys(settings)).toEqual(['list', 'none']);
    expect(settings.list[0]?.mail).toMatch(/@example\.com$/);
    expect(settings.none).toBeNull();
    const [same] = await readAll(
      connection,
      `SELECT count(*)::int AS rows, count(DISTINCT token)::int AS tokens, count(DISTINCT code)::int AS codes,
         bool_or(token = md5("Key"::text)::uuid) AS kept FROM "Odd Schema"."A ""quoted"" table"`,
    );
    expect(same).toEqual({ rows: 50, tokens: 50, codes: 1, kept: false });
  });

  it('follows dropped rows through keys, and keeps keys of two columns together', async () => {
    const [counts] = await readAll(
      connection,
      `SELECT (SELECT count(*)::int FROM parents) AS parents, (SELECT count(*)::int FROM children) AS children,
         (SELECT count(*)::int FROM children JOIN parents USING (a, b)) AS joined`,
    );
    expect(counts).toEqual({ parents: 10, children: 10, joined: 10 });
  });

  it('leaves nothing in inherited tables, partitions, guarded tables, tables of others, large objects', async () => {
    const [found] = await readAll(
      connection,
      `SELECT (SELECT count(*)::int FROM base) AS base, (SELECT count(*)::int FROM base WHERE secret = 'old') AS inherited,
         (SELECT count(*)::int FROM parts WHERE secret = 'old') AS parts, (SELECT more FROM parts) AS more,
         (SELECT count(*)::int FROM guarded WHERE secret = 'old') AS guarded, (SELECT count(*)::int FROM guarded) AS rows,
         (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects,
         (SELECT count(*)::int FROM pg_stats WHERE schemaname <> 'pg_catalog'
           AND (most_common_vals::text LIKE '%old%' OR histogram_bounds::text LIKE '%old%')) AS statistics,
         pg_has_role('master', 'Other Owner', 'MEMBER') AS member`,
    );
    expect(found).toEqual({
      base: 3,
      inherited: 0,
      parts: 0,
      more: 'more',
      guarded: 0,
      rows: 2,
      objects: 0,
      statistics: 0,
      member: false,
    });
    const other = await connectDatabase({ ...server.options, database: 'shop' });
    expect(await readAll(other, `SELECT count(*)::int AS n FROM others WHERE secret = 'old'`)).toEqual([
      { n: 0 },
    ]);
    await other.close();
  });

  it('runs no identity back and reports what is left to see', () => {
    expect(made.report?.tables.find(({ table }) => table === 'public.logs')).toMatchObject({
      action: 'truncate',
      droppedRows: 50,
    });
    expect(made.report?.residual).toEqual([]);
  });
});
