import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type LiquibaseOptions, runLiquibase } from '../../src/converge/liquibase.ts';
import type { ConnectOptions, SqlFamily } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { findLiquibaseProblem, getLiquibase, listFiles, unpack } from '../support/liquibase.ts';
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
            database: await makeDatabase(server, family),
            env: process.env,
            progress: () => {},
          };
          const { ran } = await runLiquibase('update', options);
          expect(ran).toBeGreaterThan(9);
          const ours = dump(server, family);
          // Change sets with runAlways, and those that may fail and did, are pending after a real update as well.
          const status = await runReal('status', folder, options);
          const database = await makeDatabase(server, family);
          await runReal('update', folder, { ...options, database });
          expect(ours).toBe(dump(server, family));
          expect(status).toBe(await runReal('status', folder, { ...options, database }));
          expect(status).toContain('2 changesets have not been applied');
        } finally {
          rmSync(home, { recursive: true });
        }
      },
    );

    /** MariaDB's user may not drop databases with routines of others; each run starts with an empty one. */
    async function makeDatabase(on: SqlServer, of: SqlFamily): Promise<ConnectOptions> {
      const connection = await connectWhenReady({
        ...on.options,
        database: of === 'postgres' ? 'postgres' : '',
      });
      await connection.query('DROP DATABASE IF EXISTS shop');
      await connection.query('CREATE DATABASE shop');
      await connection.close();
      return on.options;
    }
  });
}

/** The whole installation with all its jars, from the folder that the documentation names. */
async function runReal(command: string, folder: string, options: LiquibaseOptions): Promise<string> {
  const { jarFolder } = await getLiquibase();
  const { host, port, user, password, database, family } = options.database;
  const scheme = family === 'postgres' ? 'postgresql' : 'mariadb';
  const args = [
    ...[
      '-cp',
      `${jarFolder}/*`,
      'liquibase.integration.commandline.LiquibaseCommandLine',
      '--show-banner=false',
    ],
    ...[command, ...(command === 'status' ? ['--verbose'] : []), `--changelog-file=${options.changelogPath}`],
    ...[`--url=jdbc:${scheme}://${host}:${port}/${database}`, `--username=${user}`, '--contexts=test'],
    ...Object.entries(options.parameters).map(([name, value]) => `-D${name}=${value}`),
  ];
  const env = {
    PATH: process.env['PATH'],
    LIQUIBASE_COMMAND_PASSWORD: password,
    LIQUIBASE_ANALYTICS_ENABLED: 'false',
  };
  return execFileSync('java', args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).replace(/^Starting.*$/gm, '');
}

/** Without what tells when and by which run: Liquibase's own tables. */
function dump({ options, socketDir }: SqlServer, family: SqlFamily): string {
  const { host, port, user, password, database } = options;
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
  });
}
