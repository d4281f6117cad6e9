// Which tables of a PostgreSQL source come along, and what must stay behind with those that do not: partitions and
// children, views that read them, foreign keys that point to them.
import { FactoryError } from '../../errors.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import type { ImportRequest } from './request.ts';
import { findUnmatched, matchesAny } from './table-patterns.ts';

export interface PostgresSelection {
  /** Quoted, with schema; pg_dump leaves them out. */
  readonly excluded: readonly string[];
  readonly emptied: readonly string[];
  /** `schema table constraint`, as a table of contents of pg_dump has them. */
  readonly foreignKeys: readonly string[];
}

interface Relation {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly quoted: string;
  readonly isTable: boolean;
}

const RELATIONS = `SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name,
  format('%I.%I', n.nspname, c.relname) AS quoted, c.relkind IN ('r', 'p', 'f') AS "isTable"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

/** Whatever cannot be there without these: children, views by way of their rules, sequences that belong to columns. */
const DEPENDENTS = `WITH RECURSIVE gone AS (
  SELECT unnest($1::oid[]) AS oid
  UNION
  SELECT more.oid FROM gone, LATERAL (
    SELECT inhrelid AS oid FROM pg_inherits WHERE inhparent = gone.oid
    UNION ALL
    SELECT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = gone.oid
    UNION ALL
    SELECT s.oid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = gone.oid
        AND d.deptype IN ('a', 'i')
  ) AS more
) SELECT DISTINCT oid::text AS oid FROM gone`;

const FOREIGN_KEYS = `SELECT concat_ws(' ', n.nspname, c.relname, k.conname) AS line
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.confrelid = ANY ($1::oid[]) AND k.conrelid <> ALL ($1::oid[])`;

export async function selectTables(sql: SqlConnection, request: ImportRequest): Promise<PostgresSelection> {
  const relations = (await sql.query(RELATIONS)).rows as unknown as readonly Relation[];
  checkPatterns(relations, request);
  const isLeftOut = (table: Relation) =>
    (request.tables.length > 0 && !matchesAny(request.tables, table)) ||
    matchesAny(request.excludedTables, table);
  const leftOut = relations
    .filter((relation) => relation.isTable && isLeftOut(relation))
    .map(({ oid }) => oid);
  const gone =
    leftOut.length === 0
      ? []
      : (await sql.query(DEPENDENTS, [leftOut])).rows.map((row) => String(row['oid']));
  const { rows } = await sql.query(FOREIGN_KEYS, [gone]);
  return {
    excluded: relations.filter(({ oid }) => gone.includes(oid)).map(({ quoted }) => quoted),
    emptied: relations
      .filter((relation) => relation.isTable && matchesAny(request.emptyTables, relation))
      .map(({ quoted }) => quoted),
    foreignKeys: rows.map((row) => String(row['line'])),
  };
}

function checkPatterns(relations: readonly Relation[], request: ImportRequest): void {
  const tables = relations.filter(({ isTable }) => isTable);
  const patterns = [...request.tables, ...request.excludedTables, ...request.emptyTables];
  const unmatched = findUnmatched(patterns, tables);
  if (unmatched.length === 0) return;
  throw new FactoryError('BAD_INVOCATION', 'there are patterns that no table of the source fits', {
    problems: unmatched,
    hint: 'A pattern is TABLE or SCHEMA.TABLE, with * and ? as in file names.',
  });
}
