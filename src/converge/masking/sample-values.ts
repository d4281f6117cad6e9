// Reads some values of each text column, for the draft of a policy. They are looked at and forgotten.
import type { SqlConnection } from '../../sql/connect.ts';
import { quoteMysqlName } from './mysql-dialect.ts';
import { quoteName } from './postgres-dialect.ts';
import { type DatabaseSchema, formatTable } from './schema.ts';

const ROWS = 200;

/** By `schema.table.column`; without NULLs and empty texts. */
export async function sampleValues(
  connection: SqlConnection,
  schema: DatabaseSchema,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const sampled = new Map<string, readonly string[]>();
  const quote = schema.family === 'postgres' ? quoteName : quoteMysqlName;
  for (const table of schema.tables.filter(
    ({ kind, partitionOf }) => kind !== 'foreign' && partitionOf === undefined,
  )) {
    const texts = table.columns.filter(({ kind }) => kind === 'text');
    if (texts.length === 0) continue;
    const names = texts.map(({ name }) => quote(name)).join(', ');
    const from = `${quote(table.schema)}.${quote(table.name)}`;
    const { rows } = await connection.query(`SELECT ${names} FROM ${from} LIMIT ${ROWS}`);
    for (const { name } of texts) {
      const values = rows.map((row) => row[name]).filter((value) => value !== null && value !== '');
      sampled.set(`${formatTable(table)}.${name}`, values.map(String));
    }
  }
  return sampled;
}
