import { expect, it } from 'vitest';
import { makeMysqlRewriter } from '../../../../src/local/import/mysql-text.ts';

function rewrite(text: string): { text: string; notes: number } {
  const notes = new Set<string>();
  const take = makeMysqlRewriter({ master: 'admin', note: (note) => notes.add(note) });
  const lines = text.split(/(?<=\n)/).map((line) => take(Buffer.from(line)) ?? Buffer.alloc(0));
  return { text: Buffer.concat(lines).toString(), notes: notes.size };
}

it('makes the master user the definer, and leaves texts about definers alone', () => {
  expect(rewrite('/*!50013 DEFINER=`a``b`@`%` SQL SECURITY DEFINER */\n').text).toBe(
    '/*!50013 DEFINER=`admin`@`%` SQL SECURITY DEFINER */\n',
  );
  expect(rewrite('CREATE DEFINER=`x`@`localhost` PROCEDURE `p`()\n').text).toBe(
    'CREATE DEFINER=`admin`@`%` PROCEDURE `p`()\n',
  );
  const row = "INSERT INTO `t` VALUES ('CREATE DEFINER=`x`@`y`');\n";
  expect(rewrite(row)).toEqual({ text: row, notes: 0 });
});

it("gives MySQL 8's collations MariaDB's nearest", () => {
  expect(rewrite(') COLLATE=utf8mb4_0900_ai_ci;\n').text).toBe(') COLLATE=utf8mb4_unicode_520_ci;\n');
  expect(rewrite('`a` text COLLATE utf8mb4_de_pb_0900_as_cs,\n').text).toBe(
    '`a` text COLLATE utf8mb4_unicode_520_ci,\n',
  );
  expect(rewrite('`a` text COLLATE utf8mb4_0900_as_cs,\n').text).toBe('`a` text COLLATE utf8mb4_bin,\n');
});

it('leaves words on replication out, over several lines too', () => {
  const text =
    "SET @@SESSION.SQL_LOG_BIN= 0;\nSET @@GLOBAL.GTID_PURGED='a:1-5,\nb:1-9';\nCREATE TABLE t (i int);\n";
  expect(rewrite(text).text).toBe('CREATE TABLE t (i int);\n');
});

it('keeps bytes that are no UTF-8', () => {
  const take = makeMysqlRewriter({ master: 'admin', note: () => {} });
  const line = Buffer.from([0x2d, 0x2d, 0x20, 0xff, 0xfe, 0x0a]);
  expect(take(line)).toEqual(line);
});
