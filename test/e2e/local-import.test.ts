import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SqlConnection } from '../../src/sql/connect.ts';
import { type ImportPlace, openImportPlace } from '../support/import-place.ts';
import { openSource } from '../support/import-sources.ts';
import { describeIfMet } from '../support/needs.ts';
import { findSystemBins } from '../support/postgres-bins.ts';
import { findServerProblem, PASSWORD } from '../support/sql-servers.ts';

const [BIN = ''] = findSystemBins();

async function readOne(sql: SqlConnection, query: string): Promise<unknown> {
  return Object.values((await sql.query(query)).rows[0] ?? {})[0];
}

/** Whatever way it came, it is the same database. */
async function checkContent(sql: SqlConnection): Promise<void> {
  expect(await readOne(sql, 'SELECT count(*)::int FROM sales.orders')).toBe(5000);
  expect(await readOne(sql, 'SELECT orders::int FROM totals')).toBe(5000);
  expect(await readOne(sql, "SELECT nextval('tickets')::int")).toBe(42);
  expect(await readOne(sql, "INSERT INTO customers (name) VALUES ('new') RETURNING id::int")).toBe(1001);
  expect(await readOne(sql, "SELECT convert_from(lo_get(oid), 'UTF8') FROM pg_largeobject_metadata")).toBe(
    'a large object',
  );
  expect(await readOne(sql, "INSERT INTO audit_log VALUES (0, 'x') RETURNING what")).toBe('marked');
  expect(await readOne(sql, 'SHOW search_path')).toBe('public, sales');
  expect(await readOne(sql, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'")).toBe('app');
  expect(await readOne(sql, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app'")).toBe(false);
  expect(await readOne(sql, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toBe(false);
  await sql.query(
    'ALTER TABLE sales.orders ADD note text; DROP VIEW large_orders; ALTER TABLE parts ADD more int',
  );
}

describeIfMet('postgresql', findServerProblem('postgres'))('local import of PostgreSQL', () => {
  let place: ImportPlace;

  beforeAll(async () => {
    place = await openImportPlace('postgres');
  });
  afterAll(async () => await place?.[Symbol.asyncDispose]());

  it('copies a whole server file by file where the source lets it, and the cluster can be cloned', async () => {
    const { summary } = await place.importJson('physical', '--from', place.url);
    expect(summary).toMatchObject({ method: 'physical', rows: 6110, notes: [], roles: ['app', 'readers'] });
    expect(summary.check).toBe('4 tables and 3 sequences are equal');
    await using sql = await place.connect('physical');
    await checkContent(sql);
    await place.local.cloneCluster('physical', 'physical-clone', {});
  });

  it('dumps and restores where it does not, with owners, roles and sequences', async () => {
    const { summary } = await place.importJson('logical', '--from', place.url, '--method', 'logical');
    expect(summary).toMatchObject({ method: 'logical', tables: 4, rows: 6110 });
    expect(summary.roles).toEqual(['app', 'dba', 'readers']);
    expect(summary.check).toBe('4 tables and 3 sequences are equal');
    await using sql = await place.connect('logical');
    await checkContent(sql);
  });

  it('leaves tables, rows and what depends on them behind, and says why it was no copy of files', async () => {
    const filters = ['--exclude-table', 'customers', '--exclude-table-data', 'audit_*', '--table', '*'];
    const { summary } = await place.importJson('part', '--from', place.url, ...filters);
    expect(summary.notes).toEqual(['not copied file by file: only a part of it was asked for']);
    await using sql = await place.connect('part');
    expect(await readOne(sql, "SELECT to_regclass('customers')")).toBeNull();
    expect(await readOne(sql, 'SELECT count(*)::int FROM audit_log')).toBe(0);
    expect(await readOne(sql, 'SELECT count(*)::int FROM large_orders')).toBe(10);
    const { stderr, status } = await place.run('none', '--from', place.url, '--table', 'nothing*');
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('  nothing*') });
  });

  it('takes files of pg_dump in every form', async () => {
    const { host, port, user } = place.source.options;
    const dump = (...args: readonly string[]) =>
      execFileSync(join(BIN, 'pg_dump'), ['-h', host, '-p', String(port), '-U', user, ...args, 'shop'], {
        env: { PGPASSWORD: PASSWORD },
      });
    const path = (name: string) => join(place.folder, name);
    dump('-Fc', '-f', path('shop.dump'));
    dump('-Fd', '-f', path('shop.dir'));
    writeFileSync(path('shop.sql'), dump('--create'));
    execFileSync('gzip', ['-k', path('shop.sql')]);
    for (const file of ['shop.dump', 'shop.dir', 'shop.sql.gz']) {
      const name = file.replaceAll('.', '-');
      const { summary } = await place.importJson(
        name,
        '--from',
        path(file),
        '--exclude-table-data',
        'parts*',
      );
      expect(summary).toMatchObject({ method: 'file', databases: ['shop'], tables: 4, rows: 6100 });
      expect(summary.roles).toEqual(['app', 'dba', 'readers']);
      await using sql = await place.connect(name);
      expect(await readOne(sql, 'SELECT count(*)::int FROM sales.orders')).toBe(5000);
      expect(await readOne(sql, "SELECT nextval('tickets')::int")).toBe(42);
    }
  });

  it('names every extension that is missing, and makes nothing', async () => {
    const file = join(place.folder, 'extensions.sql');
    const wanted = ['postgis', 'timescaledb']
      .map((name) => `CREATE EXTENSION IF NOT EXISTS ${name};\n`)
      .join('');
    writeFileSync(file, `-- PostgreSQL database dump\n\n${wanted}CREATE TABLE t (i int);\n`);
    const { status, stderr } = await place.run('geo', '--from', file);
    expect(status).toBe(2);
    expect(stderr).toContain('  extension postgis\n  extension timescaledb\n');
    expect(await place.listClusters()).not.toContain('geo');
    const skipped = ['--skip-extension', 'postgis', '--skip-extension', 'timescaledb'];
    expect(await place.importJson('geo', '--from', file, ...skipped)).toMatchObject({
      summary: { tables: 1 },
    });
  });

  it('says what is wrong with a source, and never its password', async () => {
    const wrong = new URL(place.url);
    wrong.password = 'guessed-wrong';
    const refused = await place.run('wrong', '--from', wrong.href);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('password authentication failed');
    expect(refused.stderr).toContain('a password in the URL can be seen');
    expect(refused.stderr + refused.stdout).not.toContain('guessed-wrong');
    const gone = await place.run('wrong', '--from', 'postgres://dba@127.0.0.1:1/shop');
    expect(gone.stderr).toContain('cannot talk to the database at 127.0.0.1:1');
    const missing = await place.run('wrong', '--from', '/nonexistent/dump.sql');
    expect(missing.status).toBe(3);
    expect(await place.listClusters()).not.toContain('wrong');
  });

  it('refuses a name that is taken, with a way out', async () => {
    await using source = await openSource(place.source);
    await source.query('CREATE TABLE IF NOT EXISTS extra (i int)');
    await place.importJson('taken', '--from', place.url, '--schema-only');
    const again = await place.run('taken', '--from', place.url);
    expect(again.status).toBe(7);
    expect(again.stderr).toMatch(/there is a cluster taken already\nHint: /);
  });

  it('leaves no secret and no dump behind', () => {
    expect(readdirSync(join(place.folder, 'data/local/imports'))).toEqual([]);
    const local = join(place.folder, 'data/local');
    const command = 'cd "$0" && grep -rlF "$1" records config logs imports server.log || true';
    const found = execFileSync('sh', ['-c', command, local, "it's-"], { encoding: 'utf8' });
    expect(found).toBe('');
  });
});
