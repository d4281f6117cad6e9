import { describe, expect, it } from 'vitest';
import { splitMysql } from '../../../src/build/split-mysql.ts';
import { splitPostgres } from '../../../src/build/split-postgres.ts';

describe('splitting PostgreSQL', () => {
  it('keeps bodies, strings and comments together and counts lines in characters', async () => {
    const text = `-- übersicht; not a statement
CREATE TABLE "ä;b" (a text DEFAULT ';');
/* ; */ CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT 1; SELECT 2; $body$;

DO $$ BEGIN PERFORM ';'; END $$;
SELECT 1`;
    const { statements, problems } = await splitPostgres(text);
    expect(problems).toEqual([]);
    expect(statements.map(({ line, kind }) => [line, kind])).toEqual([
      [2, 'plain'],
      [3, 'plain'],
      [5, 'plain'],
      [6, 'plain'],
    ]);
    expect(statements[0]?.text).toBe(`CREATE TABLE "ä;b" (a text DEFAULT ';')`);
    expect(statements[1]?.text).toMatch(/^CREATE FUNCTION .*\$body\$$/);
  });

  it('knows what cannot run in a transaction, and transactions of the file itself', async () => {
    const text = `CREATE INDEX CONCURRENTLY i ON t (a); BEGIN; SELECT 1; COMMIT; VACUUM t; CALL p();
DO $$ BEGIN COMMIT; END $$; REINDEX INDEX CONCURRENTLY i; DROP INDEX CONCURRENTLY i;`;
    const { statements } = await splitPostgres(text);
    expect(statements.map(({ kind }) => kind)).toEqual([
      'alone',
      'begin',
      'plain',
      'end',
      'alone',
      'alone',
      'alone',
      'alone',
      'alone',
    ]);
  });

  it.each([
    ['SELECT 1;\nSELEC 2;', 2, 'syntax error at or near "SELEC"'],
    ['SELECT 1;\n\nCREATE TABLE t (a int,);', 3, 'syntax error at or near ")"'],
    [`SELECT 'open;\nSELECT 2;`, 1, 'unterminated quoted string'],
    ['DO $$ BEGIN END;', 1, 'unterminated dollar-quoted string'],
    ['SELECT 1; /* open', 1, 'unterminated /* comment'],
    ['SELECT 1;\n\\connect other\nSELECT 2;', 2, 'is a command of psql'],
    ['CREATE TABLE t (a int);\nCOPY t FROM STDIN;', 2, 'COPY FROM STDIN'],
    ['CREATE FUNCTION f() RETURNS int AS $a$ SELECT 1 $a$ LANGUAGE;', 1, 'syntax error'],
    ['INSERT INTO t VALUES (1;', 1, 'syntax error at or near ";"'],
    ["SELECT E'\\u12';", 1, 'invalid Unicode escape'],
  ])('says what is wrong with %j', async (text, line, sentence) => {
    const { problems } = await splitPostgres(text);
    expect(problems).toEqual([{ line, sentence: expect.stringContaining(sentence) }]);
  });

  it('takes a backslash in a text for what it is', async () => {
    expect((await splitPostgres(`SELECT '\n\\connect ';`)).problems).toEqual([]);
  });
});

describe('splitting MySQL', () => {
  it('understands DELIMITER, comments and quotes', () => {
    const text = `# first; comment
CREATE TABLE \`a;b\` (c text DEFAULT 'it\\'s; ''x''');
DELIMITER //
CREATE PROCEDURE p() BEGIN SELECT ";"; -- inner; comment
  SELECT 2; END//
DELIMITER ;
/*!50003 SET @x = 1; */;
INSERT INTO t VALUES (1 /* ; */);
START TRANSACTION; COMMIT`;
    const { statements, problems } = splitMysql(text);
    expect(problems).toEqual([]);
    expect(statements.map(({ line, kind }) => [line, kind])).toEqual([
      [2, 'plain'],
      [4, 'plain'],
      [7, 'plain'],
      [8, 'plain'],
      [9, 'begin'],
      [9, 'end'],
    ]);
    expect(statements[1]?.text).toMatch(/^CREATE PROCEDURE [\s\S]* END$/);
  });

  it.each([
    [`SELECT 1;\nSELECT 'open;`, 2, "a text in ' is not closed"],
    ['SELECT 1;\nSELECT `open', 2, 'a text in ` is not closed'],
    ['SELECT 1 /* open', 1, 'a comment is not closed'],
    ['DELIMITER //\nCREATE PROCEDURE p() SELECT 1;', 2, 'not ended by the delimiter //'],
    ['SELECT 1;\nsource other.sql', 2, 'a command of the mysql client'],
  ])('says what is wrong with %j', (text, line, sentence) => {
    expect(splitMysql(text).problems).toEqual([{ line, sentence: expect.stringContaining(sentence) }]);
  });
});
