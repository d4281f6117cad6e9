import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type LiquibaseOptions, runLiquibase } from '../../src/converge/schema/liquibase.ts';
import type { ConnectOptions } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { findLiquibaseProblem, listFiles, runReal, unpack } from '../support/liquibase.ts';
import { describeIfMet } from '../support/needs.ts';
import { projectFolder } from '../support/sources.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const CHANGELOGS = ['yaml/changelog.yaml', 'yaml/changelog.json', 'xml/changelog.xml', 'sql/changelog.sql'];
const PARAMETERS = { 'owner.email': 'owner@example.com' };
const needed = await findLiquibaseProblem();

for (const family of ['postgres', 'mysql'] as const) {
  describeIfMet('liquibase', needed ?? findServerProblem(family))(`Liquibase on create, ${family}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'changelogs-'));
    let server: SqlServer;

    beforeAll(async () => {
      cpSync(join(projectFolder, 'test', 'fixtures', 'changelogs'), folder, { recursive: true });
      const yaml = readFileSync(join(folder, 'yaml', 'changelog.yaml'), 'utf8');
      writeFileSync(join(folder, 'yaml', 'changelog.json'), JSON.stringify(parse(yaml)));
      server = await startSqlServer(family);
      const connection = await connectWhenReady(server.options);
      await connection.close();
    });

    afterAll(async () => {
      await server?.stop();
      rmSync(folder, { recursive: true });
    });

    it.each(CHANGELOGS)(
      'makes of %s what a real update makes, and leaves nothing pending',
      async (changelogPath) => {
        const home = mkdtempSync(join(tmpdir(), 'liquibase-home-'));
        try {
          unpack(home, await listFiles(family, folder, changelogPath, PARAMETERS));
          const options: LiquibaseOptions = {
            liquibaseHome: home,
            java: 'machine',
            changelogPath,
            contexts: ['test'],
            parameters: PARAMETERS,
            database: await makeDatabase('ours'),
            env: process.env,
            progress: () => {},
          };
          const real = { ...options, database: await makeDatabase('theirs') };
          const [{ ran }] = await Promise.all([
            runLiquibase('update', options),
            runReal('update', folder, real),
          ]);
          expect(ran).toBeGreaterThanOrEqual(12);
          expect(dump(server, options.database)).toBe(dump(server, real.database));
          expect(await readHistory(options.database)).toEqual(await readHistory(real.database));
          // Change sets with runAlways, and those that may fail and did, are pending after a real update as well.
          expect(await runReal('status', folder, options)).toContain('2 changesets have not been applied');
        } finally {
          rmSync(home, { recursive: true });
        }
      },
    );

    it('tells nobody the values of parameters, whatever is in them', async () => {
      const home = mkdtempSync(join(tmpdir(), 'liquibase-home-'));
      const value = 'a secret: \\ = # ! é\n, 100 % $';
      try {
        const changelogPath = 'odd.sql';
        const text = `--liquibase formatted sql\n--changeset shop:1 splitStatements:false\nCREATE TABLE odd AS SELECT '\${odd.name}' AS v;\n`;
        writeFileSync(join(folder, changelogPath), text);
        unpack(home, await listFiles(family, folder, changelogPath));
        const database = await makeDatabase('ours');
        const parameters = { 'odd.name': value.replaceAll('\\', family === 'mysql' ? '\\\\' : '\\') };
        await runLiquibase('update', {
          ...{ liquibaseHome: home, java: 'machine', changelogPath, contexts: [], parameters, database },
          ...{ env: process.env, progress: () => {} },
        });
        const connection = await connectWhenReady(database);
        expect((await connection.query('SELECT v FROM odd')).rows).toEqual([{ v: value }]);
        await connection.close();
      } finally {
        rmSync(home, { recursive: true });
      }
    });

    async function makeDatabase(name: string): Promise<ConnectOptions> {
      const connection = await connectWhenReady({
        ...server.options,
        database: family === 'postgres' ? 'postgres' : '',
      });
      await connection.query(`DROP DATABASE IF EXISTS ${name}`);
      await connection.query(`CREATE DATABASE ${name}`);
      await connection.close();
      return { ...server.options, database: name };
    }
  });
}

/** What a later run, ours or a real one, goes by. https://docs.liquibase.com/concepts/tracking-tables/databasechangelog-table.html */
async function readHistory(options: ConnectOptions): Promise<readonly unknown[]> {
  const connection = await connectWhenReady(options);
  const table = options.family === 'postgres' ? 'databasechangelog' : 'DATABASECHANGELOG';
  const columns = 'id, author, filename, orderexecuted, exectype, md5sum, contexts, labels';
  const { rows } = await connection.query(`SELECT ${columns} FROM ${table} ORDER BY orderexecuted, id`);
  await connection.close();
  return rows;
}

/** Without what tells when and by which run: Liquibase's own tables. */
function dump({ socketDir }: SqlServer, options: ConnectOptions): string {
  const { family, host, port, user, password, database } = options;
  if (family === 'postgres') {
    const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
    const text = execFileSync('pg_dump', ['--exclude-table-data=databasechangelog*', url], {
      encoding: 'utf8',
    });
    return text.replace(/^(\\(un)?restrict|--).*$/gm, '');
  }
  const tables = ['DATABASECHANGELOG', 'DATABASECHANGELOGLOCK'].map(
    (name) => `--ignore-table=${database}.${name}`,
  );
  const args = [
    '--no-defaults',
    `--socket=${join(socketDir, 'mysqld.sock')}`,
    `--user=${user}`,
    '--routines',
    '--skip-dump-date',
  ];
  return execFileSync('mariadb-dump', [...args, ...tables, database], {
    encoding: 'utf8',
    env: { ...process.env, MYSQL_PWD: password },
  }).replace(/^--.*$/gm, '');
}
