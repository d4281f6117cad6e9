import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rehearse } from '../../src/build/rehearse.ts';
import { FactoryError } from '../../src/errors.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { findLiquibaseProblem, listFiles } from '../support/liquibase.ts';
import { describeIfMet } from '../support/needs.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const needed = await findLiquibaseProblem();

const changeSet = (changes: string): string =>
  `databaseChangeLog:\n- changeSet:\n    id: first\n    author: shop\n    changes:\n    - createTable: {tableName: t, columns: [{column: {name: a, type: int}}]}\n- changeSet:\n    id: second\n    author: shop\n    changes:\n    - ${changes}\n`;
const WHERE = `$` + '{where}';
const SECOND = 'c.yaml:8: change set second::shop: ';

interface Broken {
  readonly name: string;
  readonly changelog: string;
  readonly files: Readonly<Record<string, string>>;
  /** What the error says, in its message, problems or hint. */
  readonly says: readonly string[];
}

const yaml = (name: string, text: string, ...says: string[]): Broken => ({
  name,
  changelog: 'c.yaml',
  files: { 'c.yaml': text },
  says,
});

const BROKEN: readonly Broken[] = [
  yaml(
    'YAML that is none',
    'databaseChangeLog:\n- changeSet:\n    id: 1\n   author: x\n',
    'c.yaml:4: ',
    'same column',
  ),
  {
    name: 'JSON that is none',
    changelog: 'c.json',
    files: { 'c.json': '{"databaseChangeLog": [\n{"changeSet": {"id": "1" "author": "x"}}]}' },
    says: ['c.json:2: '],
  },
  {
    name: 'XML that is none',
    changelog: 'c.xml',
    files: { 'c.xml': '<databaseChangeLog>\n<changeSet id="1" author="x">\n</databaseChangeLog>' },
    says: ['c.xml:3: ', 'changeSet'],
  },
  yaml(
    'a missing include',
    'databaseChangeLog:\n- include: {file: gone.yaml}\n',
    'c.yaml:2: gone.yaml does not exist',
  ),
  yaml('a missing SQL file', changeSet('sqlFile: {path: gone.sql}'), 'c.yaml:11: gone.sql does not exist'),
  yaml(
    'a missing CSV',
    changeSet('loadData: {tableName: t, file: gone.csv}'),
    'c.yaml:11: gone.csv does not exist',
  ),
  yaml(
    'a parameter without a value',
    `databaseChangeLog:\n- include: {file: "${WHERE}/x.yaml"}\n`,
    `c.yaml:2: ${WHERE}/x.yaml holds a parameter`,
  ),
  yaml(
    'a path out of the folder',
    'databaseChangeLog:\n- include: {file: ../x.yaml}\n',
    'c.yaml:2: ../x.yaml is outside',
  ),
  yaml(
    'an empty includeAll',
    'databaseChangeLog:\n- includeAll: {path: gone}\n',
    'c.yaml:2: the folder gone does not exist',
  ),
  {
    name: 'an include cycle',
    changelog: 'c.yaml',
    files: {
      'c.yaml': 'databaseChangeLog:\n- include: {file: d.yaml}\n',
      'd.yaml': 'databaseChangeLog:\n- include: {file: c.yaml}\n',
    },
    says: ['d.yaml:2: c.yaml includes itself: c.yaml -> d.yaml -> c.yaml'],
  },
  yaml(
    'an unknown change type',
    changeSet('makeTable: {tableName: u}'),
    "c.yaml:11: Unknown change type 'makeTable'",
  ),
  yaml(
    'a missing attribute',
    changeSet('createTable: {columns: [{column: {name: a, type: int}}]}'),
    SECOND,
    'tableName is required',
  ),
  yaml(
    'an id used twice',
    changeSet('sql: {sql: SELECT 1}').replace('second', 'first'),
    'c.yaml:',
    'first::shop',
    '1 changesets had duplicate identifiers',
  ),
  yaml(
    'SQL that is none',
    changeSet('sql: {sql: SELEC 1}'),
    SECOND,
    'syntax error at or near "SELEC"',
    'The SQL was: SELEC 1',
  ),
  yaml(
    'a table that is not there',
    changeSet('dropTable: {tableName: gone}'),
    SECOND,
    'table "gone" does not exist',
    'The SQL was: DROP TABLE',
  ),
  {
    ...yaml('a CSV that does not fit', changeSet('loadData: {tableName: t, file: t.csv}'), SECOND, 'nope'),
    files: { 'c.yaml': changeSet('loadData: {tableName: t, file: t.csv}'), 't.csv': 'nope\n1\n' },
  },
  {
    name: 'formatted SQL',
    changelog: 'c.sql',
    files: {
      'c.sql':
        '--liquibase formatted sql\n--changeset shop:1\nCREATE TABLE t (a int);\n--changeset shop:2\nCREATE TABLE t (a int);\n',
    },
    says: ['c.sql:4: change set 2::shop: ', 'relation "t" already exists', 'The SQL was: CREATE TABLE t'],
  },
  {
    name: 'XML against its schema',
    changelog: 'c.xml',
    files: {
      'c.xml':
        '<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd">\n<changeSet id="1" author="x"><dropTable/>\n</changeSet></databaseChangeLog>',
    },
    says: ['c.xml:2: ', 'tableName'],
  },
];

describeIfMet('liquibase', needed ?? findServerProblem('postgres'))(
  'a broken changelog fails its build',
  () => {
    let server: SqlServer;
    beforeAll(async () => {
      server = await startSqlServer('postgres');
      await (await connectWhenReady(server.options)).close();
    });
    afterAll(async () => await server?.stop());

    it.each(BROKEN)('with file, place and reason: $name', async ({ changelog, files, says }) => {
      const folder = mkdtempSync(join(tmpdir(), 'broken-'));
      try {
        for (const [name, text] of Object.entries(files)) {
          mkdirSync(dirname(join(folder, name)), { recursive: true });
          writeFileSync(join(folder, name), text);
        }
        const error = await build(folder, changelog).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(FactoryError);
        const { code, message, problems, hint } = error as FactoryError;
        expect(code).toBe('BAD_CONFIGURATION');
        const whole = [message, ...problems, hint ?? ''].join('\n');
        for (const sentence of says) expect(whole).toContain(sentence);
        expect(whole).not.toMatch(/liquibase\.exception|\bat liquibase/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    async function build(folder: string, changelog: string): Promise<void> {
      await rehearse({
        schema: { liquibaseChangelogPath: changelog, liquibaseContexts: [], liquibaseParameters: {} },
        liquibaseFiles: await listFiles('postgres', folder, changelog),
        async startThrowAwayDatabase() {
          const admin = await connectWhenReady({ ...server.options, database: 'postgres' });
          await admin.query('DROP DATABASE IF EXISTS shop');
          await admin.query('CREATE DATABASE shop');
          await admin.close();
          return { options: server.options, async [Symbol.asyncDispose]() {} };
        },
        env: process.env,
        progress: () => {},
      });
    }
  },
);
