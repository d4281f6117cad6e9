import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileSql } from '../../src/build/compile-sql.ts';
import { rehearse } from '../../src/build/rehearse.ts';
import type { FactoryError } from '../../src/errors.ts';
import type { SqlFamily } from '../../src/sql/connect.ts';
import { connectWhenReady } from '../support/connect-when-ready.ts';
import { describeIfMet } from '../support/needs.ts';
import { findServerProblem, type SqlServer, startSqlServer } from '../support/sql-servers.ts';

const GOOD: Readonly<Record<SqlFamily, Readonly<Record<string, string>>>> = {
  postgres: {
    'schema/02-index.sql': 'CREATE INDEX CONCURRENTLY i ON t (a);\nBEGIN; INSERT INTO t VALUES (1); COMMIT;',
    'schema/01-table.sql':
      'CREATE TABLE t (a int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;',
  },
  mysql: {
    'schema/02-procedure.sql':
      'DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END//\nDELIMITER ;\nINSERT INTO t VALUES (1);',
    'schema/01-table.sql': 'CREATE TABLE t (a int);',
  },
};

const BROKEN: Readonly<Record<SqlFamily, readonly (readonly [text: string, says: string])[]>> = {
  postgres: [
    ['SELECT 1;\nSELEC 2;', 'schema/x.sql:2: syntax error at or near "SELEC"'],
    ['SELECT 1;\n\nDROP TABLE gone;', 'schema/x.sql:3: '],
    ['CREATE TABLE a (b int REFERENCES gone);', 'relation "gone" does not exist'],
    ['CREATE TABLE a (b int);\nCREATE TABLE a (b int);', 'schema/x.sql:2: '],
    ['', 'schema/x.sql:1: holds no statement'],
    ['CREATE EXTENSION no_such_extension;', 'no_such_extension'],
  ],
  mysql: [
    ['SELECT 1;\nSELEC 2;', 'schema/x.sql:2: '],
    ["SELECT 'open;", "schema/x.sql:1: a text in ' is not closed"],
    ['SELECT 1;\nDROP TABLE gone;', 'schema/x.sql:2: '],
    ['DELIMITER //\nCREATE PROCEDURE p() BEGIN SELEC 1; END//', 'schema/x.sql:2: '],
  ],
};

for (const family of ['postgres', 'mysql'] as const) {
  describeIfMet(family, findServerProblem(family))(`a schema in SQL, ${family}`, () => {
    let server: SqlServer;
    beforeAll(async () => {
      server = await startSqlServer(family);
      await (await connectWhenReady(server.options)).close();
    });
    afterAll(async () => await server?.stop());

    const build = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const folder = mkdtempSync(join(tmpdir(), 'schema-'));
      try {
        for (const [name, text] of Object.entries(files)) {
          mkdirSync(dirname(join(folder, name)), { recursive: true });
          writeFileSync(join(folder, name), text);
        }
        const schemaSql = await compileSql({ folder, path: 'schema', family });
        await rehearse({
          schema: { liquibaseContexts: [], liquibaseParameters: {} },
          liquibaseFiles: [],
          schemaSql,
          async startThrowAwayDatabase() {
            const admin = await connectWhenReady({
              ...server.options,
              database: family === 'mysql' ? '' : 'postgres',
            });
            await admin.query('DROP DATABASE IF EXISTS shop');
            await admin.query('CREATE DATABASE shop');
            await admin.close();
            return { options: server.options, async [Symbol.asyncDispose]() {} };
          },
          env: process.env,
          progress: () => {},
        });
        return schemaSql.files.map(({ path }) => path);
      } finally {
        rmSync(folder, { recursive: true });
      }
    };

    it('runs files in lexical order, and statements that need to be alone', async () => {
      expect(await build(GOOD[family])).toEqual(Object.keys(GOOD[family]).sort());
    });

    it.each(BROKEN[family])('fails its build with file and line: %j', async (text, says) => {
      const error = (await build({ 'schema/x.sql': text }).catch(
        (thrown: unknown) => thrown,
      )) as FactoryError;
      expect(error).toMatchObject({ code: 'BAD_CONFIGURATION' });
      expect([error.message, ...error.problems, error.hint].join('\n')).toContain(says);
    });
  });
}

it('says when a schema could not be rehearsed', async () => {
  const warnings: string[] = [];
  const rehearsal = await rehearse({
    schema: { liquibaseContexts: [], liquibaseParameters: {} },
    liquibaseFiles: [],
    startThrowAwayDatabase: async () => undefined,
    env: {},
    progress: (event) => event.type === 'warning' && warnings.push(event.message),
  });
  expect(rehearsal.isRehearsed).toBe(false);
  expect(warnings).toEqual(['the schema could not be rehearsed: no server of this engine on this machine']);
});
