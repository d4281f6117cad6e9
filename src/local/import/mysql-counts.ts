// Rows, sequences and AUTO_INCREMENT counters of MySQL databases, on either side of an import.
import type { SqlConnection } from '../../sql/connect.ts';
import type { MysqlTable } from './mysql-facts.ts';
import { nameTable } from './mysql-selection.ts';
import { quoteMysqlName } from './quote.ts';
import type { Counts } from './verify.ts';

export async function countMysql(
  sql: SqlConnection,
  tables: readonly MysqlTable[],
  report: (table: string) => void,
): Promise<Counts> {
  const rows = new Map<string, number>();
  for (const table of tables.filter(({ kind }) => kind === 'BASE TABLE')) {
    report(nameTable(table));
    const counted = await sql.query(`SELECT COUNT(*) AS count FROM ${quoteTable(table)}`);
    rows.set(nameTable(table), Number(counted.rows[0]?.['count']));
  }
  return { tables: rows, sequences: await readCounters(sql, tables) };
}

/** MariaDB's sequences, and the next numbers of tables. */
export async function readCounters(
  sql: SqlConnection,
  tables: readonly MysqlTable[],
): Promise<Map<string, bigint>> {
  const counters = new Map<string, bigint>();
  for (const sequence of tables.filter(({ kind }) => kind === 'SEQUENCE')) {
    const { rows } = await sql.query(`SELECT next_not_cached_value AS next FROM ${quoteTable(sequence)}`);
    counters.set(nameTable(sequence), BigInt(String(rows[0]?.['next'])));
  }
  for (const table of tables.filter(({ kind }) => kind === 'BASE TABLE')) {
    const { rows } = await sql.query(
      'SELECT AUTO_INCREMENT AS next FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
      [table.schema, table.name],
    );
    const next = rows[0]?.['next'];
    if (next !== null && next !== undefined) counters.set(nameTable(table), BigInt(String(next)));
  }
  return counters;
}

function quoteTable({ schema, name }: MysqlTable): string {
  return `${quoteMysqlName(schema)}.${quoteMysqlName(name)}`;
}
