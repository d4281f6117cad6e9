import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, type SqlConnection } from '../../src/sql/connect.ts';
import { type ImportPlace, openImportPlace } from '../support/import-place.ts';
import { formatSourceUrl, openSource } from '../support/import-sources.ts';
import { describeIfMet } from '../support/needs.ts';
import { findServerProblem, PASSWORD } from '../support/sql-servers.ts';

async function readOne(sql: SqlConnection, query: string): Promise<unknown> {
  return Object.values((await sql.query(query)).rows[0] ?? {})[0];
}

/** Whatever way it came, it is the same database, and nothing in it needs an account that is not here. */
async function checkContent(sql: SqlConnection): Promise<void> {
  expect(await readOne(sql, 'SELECT COUNT(*) FROM large_orders')).toBe(10);
  expect(await readOne(sql, 'SELECT CONCAT(name, HEX(photo)) FROM customers WHERE id = 1')).toBe(
    'ü100FF5C270A',
  );
  expect(Number(await readOne(sql, 'SELECT NEXTVAL(tickets)'))).toBeGreaterThan(1);
  await sql.query("INSERT INTO audit_log VALUES (2, 'new')");
  expect(await readOne(sql, 'SELECT what FROM audit_log WHERE id = 1')).toBe('old');
  expect(await readOne(sql, 'SELECT what FROM audit_log WHERE id = 2')).toBe('marked');
  expect((await sql.query('CALL total()')).rows).toBeDefined();
  expect(await readOne(sql, "SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_NAME = 'tidy'")).toBe(
    1,
  );
}

describeIfMet('mariadb', findServerProblem('mysql'))('local import of MariaDB', () => {
  let place: ImportPlace;

  beforeAll(async () => {
    place = await openImportPlace('mysql');
  });
  afterAll(async () => await place?.[Symbol.asyncDispose]());

  it('brings every database with views, routines, triggers, events and counters', async () => {
    const { summary } = await place.importJson(
      'whole',
      '--from',
      formatSourceUrl(place.source, ''),
      ...['--jobs', '3', '--method', 'logical'],
    );
    expect(summary).toMatchObject({ method: 'logical', databases: ['other', 'shop'], tables: 4, rows: 6003 });
    expect(summary.check).toBe('4 tables and 3 sequences are equal');
    expect(summary.notes).toContain('accounts did not come along');
    await using sql = await place.connect('whole', 'shop');
    await checkContent(sql);
    expect(await readOne(sql, 'SELECT COUNT(*) FROM other.things')).toBe(2);
  });

  it('copies the files of a server on this machine, and locks what accounts it had', async ({ skip }) => {
    if (!existsSync('/usr/bin/mariadb-backup')) skip('mariadb-backup is not installed');
    await using source = await openSource(place.source);
    await source.query("CREATE USER 'nobody'@'%' IDENTIFIED BY 'in'"); // defines views, routines and triggers there
    await source.query("GRANT ALL ON shop.* TO 'nobody'@'%'");
    const { summary } = await place.importJson('files', '--from', formatSourceUrl(place.source, ''));
    expect(summary).toMatchObject({
      method: 'physical',
      databases: ['other', 'shop'],
      tables: 4,
      rows: 6003,
    });
    expect(summary.check).toBe('4 tables and 1 sequences are equal');
    expect(summary.roles).toContain('dba@%');
    await using sql = await place.connect('files', 'shop');
    await checkContent(sql);
    expect(await readOne(sql, 'SELECT COUNT(*) FROM other.things')).toBe(2);
    const powerful =
      "SELECT COUNT(*) FROM mysql.user WHERE Super_priv = 'Y' AND NOT (User = ? AND Host = 'localhost')";
    expect(Object.values((await sql.query(powerful, [userInfo().username])).rows[0] ?? {})).toEqual([0]);
    const { port } = await place.local.getCluster('files').then(({ Port }) => ({ port: Number(Port) }));
    const asBefore = connectDatabase({ ...place.source.options, port });
    await expect(asBefore).rejects.toThrow(/locked|denied/i);
    await source.query("DROP USER 'nobody'@'%'");
  });

  it('brings the indexes of large tables, whether they wait for the rows or must not', async () => {
    const tables = {
      plain: '',
      linked: ', CONSTRAINT up FOREIGN KEY (parent) REFERENCES other.linked (id)',
    };
    await using source = await openSource(place.source);
    for (const [name, more] of Object.entries(tables)) {
      await source.query(
        `CREATE TABLE other.${name} (id int AUTO_INCREMENT PRIMARY KEY, parent int, code varchar(20), filler text,
         UNIQUE KEY (code), KEY by_parent (parent), KEY \`by \`\`two\` (filler(20), code DESC) COMMENT 'both'${more})`,
      );
      await source.query(
        `INSERT INTO other.${name} SELECT seq, 1, CONCAT('c', seq), REPEAT('x', 4000) FROM seq_1_to_3000`,
      );
      await source.query(`ANALYZE TABLE other.${name}`);
    }
    const url = formatSourceUrl(place.source, 'other');
    const { stdout, stderr } = await place.run('indexed', '--from', url, '--exclude-table', 'things');
    expect(stdout).toMatch(/rows +6000/);
    expect(stderr).toContain('of 1 of 1 tables');
    await using copy = await place.connect('indexed', 'other');
    for (const name of Object.keys(tables)) {
      const show = `SHOW CREATE TABLE other.${name}`;
      expect((await copy.query(show)).rows).toEqual((await source.query(show)).rows);
      await source.query(`DROP TABLE other.${name}`);
    }
  });

  it('brings one database without some tables and without the rows of others', async () => {
    const filters = ['--exclude-table', 'orders', '--exclude-table-data', 'shop.audit*'];
    const { summary } = await place.importJson('part', '--from', place.url, ...filters);
    expect(summary).toMatchObject({ databases: ['shop'], tables: 2, rows: 1000 });
    await using sql = await place.connect('part');
    const tables = (await sql.query('SHOW TABLES')).rows.flatMap((row) => Object.values(row));
    expect(tables).toEqual(['audit_log', 'customers', 'tickets']);
  });

  it('takes a file of mysqldump, also of MySQL 8', async () => {
    const { host, port, user } = place.source.options;
    const args = [
      '--no-defaults',
      `--host=${host}`,
      `--port=${port}`,
      `--user=${user}`,
      '--routines',
      '--single-transaction',
      '--events',
    ];
    const text = execFileSync('mariadb-dump', [...args, 'shop'], {
      env: { ...process.env, MYSQL_PWD: PASSWORD },
    });
    const gtid = "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3E11FA47:1-5,\n3E11FA48:1-9';\n";
    const table = 'CREATE TABLE `m8` (`t` varchar(9)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;\n';
    const file = join(place.folder, 'shop.sql.gz');
    writeFileSync(file, gzipSync(Buffer.concat([text, Buffer.from(gtid + table)])));
    const { summary } = await place.importJson('from-file', '--from', file, '--database', 'shop');
    expect(summary).toMatchObject({ method: 'file', databases: ['shop'], tables: 4 });
    expect(summary.notes).toHaveLength(2);
    await using sql = await place.connect('from-file');
    await checkContent(sql);
  });

  it('says what is wrong with a source, and makes nothing', async () => {
    const wrong = await place.run('wrong', '--from', formatSourceUrl(place.source, 'absent'));
    expect(wrong.stderr).toContain('the source has no database absent');
    const cut = join(place.folder, 'cut.sql.gz');
    writeFileSync(cut, gzipSync(`-- MariaDB dump\n${'-- x\n'.repeat(100_000)}`).subarray(0, 500));
    expect((await place.run('wrong', '--from', cut)).stderr).toContain('damaged or cut short');
    const physical = await place.run('wrong', '--from', place.url, '--method', 'physical');
    expect(physical.status).toBe(2);
    expect(await place.listClusters()).not.toContain('wrong');
  });
});
