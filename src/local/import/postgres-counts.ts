// Rows and sequence values of a PostgreSQL database, on either side of an import.
import type { SqlConnection } from '../../sql/connect.ts';
import type { Counts } from './verify.ts';

/** Not of extensions, whose tables come with them. Partitioned tables hold nothing themselves. */
const LIST = `SELECT c.relkind AS kind, format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.relpersistence = 'p'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
ORDER BY 2`;

/** `isWanted` spares counting what does not come along. */
export async function countPostgres(
  sql: SqlConnection,
  isWanted: (name: string) => boolean,
  report: (table: string) => void,
): Promise<Counts> {
  const { rows } = await sql.query(LIST);
  const listed = rows.map((row) => ({ kind: String(row['kind']), name: String(row['name']) }));
  const wanted = listed.filter(({ name }) => isWanted(name));
  const tables = new Map<string, number>();
  for (const { name } of wanted.filter(({ kind }) => kind === 'r')) {
    report(name);
    const counted = await sql.query(`SELECT count(*)::float8 AS rows FROM ONLY ${name}`);
    tables.set(name, Number(counted.rows[0]?.['rows']));
  }
  return {
    tables,
    sequences: await readSequences(
      sql,
      wanted.filter(({ kind }) => kind === 'S').map(({ name }) => name),
    ),
  };
}

async function readSequences(sql: SqlConnection, names: readonly string[]): Promise<Map<string, bigint>> {
  const values = new Map<string, bigint>();
  for (const name of names) {
    const { rows } = await sql.query(`SELECT last_value::text AS last, is_called AS called FROM ${name}`);
    // The first value that nobody has been given.
    values.set(name, BigInt(String(rows[0]?.['last'])) * 2n + (rows[0]?.['called'] ? 1n : 0n));
  }
  return values;
}
