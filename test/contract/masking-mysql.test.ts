import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseMaskingPolicy } from '../../src/artifact/read-masking-policy.ts';
import { maskDatabase } from '../../src/converge/masking/mask-database.ts';
import type { MaskingReport } from '../../src/converge/masking/report.ts';
import { connectDatabase, type SqlConnection } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { describeIfMet } from '../support/needs.ts';
import { findOriginals, type Originals, readOriginals } from '../support/originals.ts';
import { MARK, MYSQL_POLICY, MYSQL_SHOP, readAll } from '../support/shop.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const CUSTOMERS = 900;

describeIfMet('mysql', findServerProblem('mysql'))('masking MySQL', () => {
  let server: SqlServer;
  let shop: SqlConnection;
  let originals: Originals;
  const made: { report?: MaskingReport } = {};

  const mask = async (policy = MYSQL_POLICY, database = 'shop'): Promise<MaskingReport> =>
    await maskDatabase({
      connect: async () => await connectDatabase({ ...server.options, database }),
      family: 'mysql',
      copyId: 'cluster-1',
      policy: parseMaskingPolicy(policy, 'masking.yaml'),
      seed: 'none',
      progress: () => {},
    });

  beforeAll(async () => {
    server = await startSqlServer('mysql');
    shop = await connectWhenReady(server.options);
    await shop.query(MYSQL_SHOP(CUSTOMERS));
    originals = await readOriginals(shop, 'mysql');
    made.report = await mask();
  });

  afterAll(async () => {
    await shop?.close();
    await server?.stop();
  });

  it('leaves no original value in a dump but what the policy keeps, and finds that', async () => {
    expect(originals.values.size).toBeGreaterThan(4 * CUSTOMERS);
    expect(await findOriginals(server, 'shop', originals, ['notes'])).toEqual([]);
    expect(await findOriginals(server, 'shop', originals)).toHaveLength(CUSTOMERS / 100);
    const { user, password } = server.options;
    const args = [
      '--no-defaults',
      `--socket=${join(server.socketDir, 'mysqld.sock')}`,
      `--user=${user}`,
      '--skip-extended-insert',
    ];
    const dump = execFileSync('mariadb-dump', [...args, 'shop'], {
      encoding: 'utf8',
      env: { ...process.env, MYSQL_PWD: password },
      maxBuffer: 2 ** 28,
    });
    const lines = dump.split('\n').filter((line) => line.includes(MARK));
    expect(lines.filter((line) => !line.includes('write to '))).toEqual([]);
    expect(made.report?.residual).toEqual([
      { table: 'shop.notes', column: 'body', shape: 'email', rows: CUSTOMERS / 100 },
    ]);
  });

  it('keeps rows, foreign keys and triggers', async () => {
    const counts = await readAll(
      shop,
      `SELECT (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM sessions) AS sessions,
         (SELECT count(*) FROM audit_log) AS audit,
         (SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id) AS orders`,
    );
    expect(counts).toEqual([{ customers: CUSTOMERS, sessions: CUSTOMERS / 2, audit: 0, orders: CUSTOMERS }]);
    await expect(shop.query('UPDATE customers SET phone = NULL')).rejects.toThrow('no trigger may run');
  });

  it('gives a person the same fake in every table, in JSON and in generated columns', async () => {
    const rows = await readAll(
      shop,
      `SELECT count(*) AS people, count(a.email) AS accounts, count(n.email) AS newsletter,
         sum(full_name = concat(first_name, ' ', last_name)) AS names, count(DISTINCT phone) AS phones,
         sum(c.email LIKE '%@example.com') AS fakes
       FROM customers c LEFT JOIN accounts a USING (email) LEFT JOIN newsletter n USING (email)`,
    );
    expect(rows.map((row) => Object.values(row).map(Number))).toEqual([
      [CUSTOMERS, CUSTOMERS, CUSTOMERS / 2, CUSTOMERS, CUSTOMERS, CUSTOMERS],
    ]);
    const totals = await readAll(
      shop,
      'SELECT sum(total) AS total, sum(total <> id % 1000) AS moved FROM orders',
    );
    expect(Number(totals[0]?.['total'])).toBe(
      Array.from({ length: CUSTOMERS }, (_, i) => (i + 1) % 1000).reduce((a, b) => a + b),
    );
    expect(Number(totals[0]?.['moved'])).toBeGreaterThan(CUSTOMERS / 2);
    const documents = await readAll(
      shop,
      `SELECT count(*) AS documents FROM customers WHERE json_unquote(json_extract(settings, '$.contact.email')) = email`,
    );
    expect(Number(documents[0]?.['documents'])).toBe(CUSTOMERS);
  });

  it('does not mask a masked copy again', async () => {
    const before = await readAll(shop, 'SELECT min(email) AS email FROM customers');
    expect(await mask()).toEqual(made.report);
    expect(await readAll(shop, 'SELECT min(email) AS email FROM customers')).toEqual(before);
  });
});
