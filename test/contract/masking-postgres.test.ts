import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMaskingPolicy } from '../../src/artifact/read-masking-policy.ts';
import { maskDatabase } from '../../src/converge/masking/mask-database.ts';
import type { MaskingReport } from '../../src/converge/masking/report.ts';
import { connectDatabase, type SqlConnection } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { describeIfMet } from '../support/needs.ts';
import { findOriginals, type Originals, readOriginals } from '../support/originals.ts';
import { MARK, POSTGRES_POLICY, POSTGRES_SHOP, readAll } from '../support/shop.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const CUSTOMERS = 3000;

describeIfMet('postgres', findServerProblem('postgres'))('masking PostgreSQL', () => {
  let server: SqlServer;
  let admin: SqlConnection;
  let originals: Originals;
  let foundBefore: number;
  const open: SqlConnection[] = [];
  const report: { first?: MaskingReport } = {};

  const asMaster = async (database = 'shop'): Promise<SqlConnection> =>
    await connectDatabase({ ...server.options, user: 'master', password: 'master-secret', database });
  const mask = async (
    database: string,
    text = POSTGRES_POLICY,
    copyId = 'cluster-1',
  ): Promise<MaskingReport> =>
    await maskDatabase({
      connect: async (other = database) => await asMaster(other),
      family: 'postgres',
      copyId,
      policy: parseMaskingPolicy(text, 'masking.yaml'),
      seed: 'none',
      progress: () => {},
    });

  beforeAll(async () => {
    server = await startSqlServer('postgres');
    admin = await connectWhenReady({ ...server.options, database: 'postgres' });
    // As on RDS: the master creates roles and databases, and is no superuser.
    await admin.query(`CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'master-secret'`);
    await admin.query('DROP DATABASE shop');
    await admin.query('CREATE DATABASE shop OWNER master');
    const master = await asMaster();
    await master.query(POSTGRES_SHOP(CUSTOMERS));
    await master.query('ANALYZE');
    originals = await readOriginals(master, 'postgres');
    await master.close();
    foundBefore = (await findOriginals(server, 'shop', originals)).length;
    await admin.query('CREATE DATABASE twin OWNER master TEMPLATE shop');
    report.first = await mask('shop', `${POSTGRES_POLICY}other_databases: { twin: keep }\n`);
    await mask('twin', `${POSTGRES_POLICY}other_databases: { shop: keep }\n`);
    await admin.query('CREATE DATABASE grown OWNER master TEMPLATE twin');
    open.push(await asMaster('shop'), await asMaster('twin'));
  });

  afterAll(async () => {
    for (const connection of open) await connection.close();
    await admin?.close();
    await server?.stop();
  });

  const shop = (): SqlConnection => open[0] as SqlConnection;

  it('leaves no original value in a dump, in views or in statistics', async () => {
    expect(originals.values.size).toBeGreaterThan(5 * CUSTOMERS);
    expect(await findOriginals(server, 'shop', originals)).toEqual([]);
    expect(foundBefore).toBe(originals.values.size);
    const { host, port, password } = server.options;
    const url = `postgres://dba:${encodeURIComponent(password)}@${host}:${port}/shop`;
    const dump = execFileSync('pg_dump', [url], { encoding: 'utf8', maxBuffer: 2 ** 28 });
    expect(dump.split('\n').filter((line) => line.includes(MARK))).toEqual([]);
    const known = await connectDatabase({ ...server.options, database: 'shop' });
    const statistics = await readAll(
      known,
      `SELECT starelid::regclass::text AS place, s::text AS s FROM pg_statistic s WHERE s::text LIKE '%${MARK}%'
       UNION ALL SELECT stxoid::regclass::text, stxdmcv::text FROM pg_statistic_ext_data
       WHERE encode(stxdmcv::bytea, 'escape') LIKE '%${MARK}%'`,
    );
    await known.close();
    expect(statistics.map(({ place }) => place)).toEqual([]);
  });

  it('keeps rows, keys, constraints, indexes and triggers', async () => {
    const counts = await readAll(
      shop(),
      `SELECT (SELECT count(*)::int FROM customers) AS customers, (SELECT count(*)::int FROM orders) AS orders,
         (SELECT count(*)::int FROM sessions) AS sessions, (SELECT count(*)::int FROM audit_log) AS audit,
         (SELECT count(*)::int FROM pg_constraint WHERE contype = 'f' AND convalidated AND conparentid = 0) AS keys,
         (SELECT count(*)::int FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O') AS triggers,
         (SELECT count(*)::int FROM pg_indexes WHERE tablename = 'customers') AS indexes,
         (SELECT count(*)::int FROM pg_statistic_ext) AS statistics`,
    );
    expect(counts).toEqual([
      {
        customers: CUSTOMERS,
        orders: CUSTOMERS,
        sessions: CUSTOMERS / 2,
        audit: 0,
        keys: 5,
        triggers: 1,
        indexes: 5,
        statistics: 2,
      },
    ]);
    await expect(
      shop().query(`INSERT INTO customers (email, first_name, last_name) VALUES ('a', 'b', 'c')`),
    ).rejects.toThrow('no trigger may run');
  });

  it('gives a person the same fake in every table, in JSON and in generated columns', async () => {
    const rows = await readAll(
      shop(),
      `SELECT count(*)::int AS all, count(a.email)::int AS accounts, count(n.email)::int AS newsletter,
         count(*) FILTER (WHERE settings #>> '{contact,email}' = c.email)::int AS documents,
         count(*) FILTER (WHERE full_name = first_name || ' ' || last_name)::int AS names,
         count(*) FILTER (WHERE search = to_tsvector('simple', full_name))::int AS vectors,
         count(DISTINCT phone)::int AS phones
       FROM customers c LEFT JOIN accounts a USING (email) LEFT JOIN newsletter n USING (email)`,
    );
    expect(rows).toEqual([
      {
        all: CUSTOMERS,
        accounts: CUSTOMERS,
        newsletter: CUSTOMERS / 2,
        documents: CUSTOMERS,
        names: CUSTOMERS,
        vectors: CUSTOMERS,
        phones: CUSTOMERS,
      },
    ]);
  });

  it('gives a person the same fake in every clone', async () => {
    const query = 'SELECT id, email, full_name, phone, birth_date FROM customers ORDER BY id';
    expect(await readAll(shop(), query)).toEqual(await readAll(open[1] as SqlConnection, query));
  });

  it('refreshes materialised views', async () => {
    const rows = await readAll(
      shop(),
      'SELECT sum(customers)::int AS customers, count(*)::int > 1 AS many FROM customers_by_city',
    );
    expect(rows).toEqual([{ customers: CUSTOMERS, many: true }]);
  });

  it('reports rows touched per column and what was left', () => {
    const customers = report.first?.tables.find(({ table }) => table === 'public.customers');
    expect(customers?.columns).toContainEqual({ column: 'email', mask: 'fake email', rows: CUSTOMERS });
    expect(report.first?.tables.find(({ table }) => table === 'public.sessions')).toMatchObject({
      rows: 1500,
      droppedRows: 1500,
    });
    expect(report.first?.left).toEqual(['database twin']);
    expect(report.first?.residual).toEqual([]);
  });

  it('does not mask a masked copy again, and takes no record of another copy for its own', async () => {
    const again = await mask('shop', `${POSTGRES_POLICY}other_databases: { twin: keep }\n`);
    expect(again).toEqual(report.first);
    const before = await readAll(shop(), 'SELECT min(email) AS email FROM customers');
    const third = await mask(
      'shop',
      `${POSTGRES_POLICY}other_databases: { twin: keep, grown: keep }\n`,
      'cluster-2',
    );
    expect(third.tables.length).toBeGreaterThan(0);
    expect(await readAll(shop(), 'SELECT min(email) AS email FROM customers')).not.toEqual(before);
  });

  it('refuses a database with a column that the policy does not know, and changes nothing', async () => {
    const grown = await asMaster('grown');
    await grown.query('ALTER TABLE tickets ADD COLUMN caller text');
    await expect(mask('grown', POSTGRES_POLICY, 'cluster-3')).rejects.toMatchObject({
      code: 'REFUSED',
      problems: expect.arrayContaining([
        'masking.yaml: public.tickets.caller (text) has no class',
        expect.stringContaining('the database shop would come along unmasked'),
      ]),
    });
    await grown.close();
  });
});
