// Which tables of a MySQL source come along, and in which of several streams their rows travel.
import { FactoryError } from '../../errors.ts';
import type { MysqlFacts, MysqlTable } from './mysql-facts.ts';
import { quoteMysqlName } from './quote.ts';
import type { ImportRequest } from './request.ts';
import { findUnmatched, matchesAny } from './table-patterns.ts';

export interface MysqlSelection {
  /** With the views that read them, as `database.table`. */
  readonly excluded: readonly string[];
  /** Tables whose rows are copied. */
  readonly filled: readonly MysqlTable[];
}

export function selectMysqlTables(facts: MysqlFacts, request: ImportRequest): MysqlSelection {
  const tables = facts.tables.filter(({ kind }) => kind === 'BASE TABLE');
  checkPatterns(tables, request);
  const isLeftOut = (table: MysqlTable) =>
    (request.tables.length > 0 && !matchesAny(request.tables, table)) ||
    matchesAny(request.excludedTables, table);
  const excluded = addViews(facts, tables.filter(isLeftOut).map(nameTable));
  const isFilled = (table: MysqlTable) =>
    !request.isSchemaOnly && !excluded.includes(nameTable(table)) && !matchesAny(request.emptyTables, table);
  return { excluded, filled: tables.filter(isFilled) };
}

export function nameTable({ schema, name }: Pick<MysqlTable, 'schema' | 'name'>): string {
  return `${schema}.${name}`;
}

/** Large tables first, each to the stream that has the least: they all end at about the same time. */
export function shareOut(tables: readonly MysqlTable[], streams: number): readonly (readonly MysqlTable[])[] {
  const shares = Array.from({ length: Math.max(1, Math.min(streams, tables.length)) }, () => ({
    bytes: 0,
    tables: [] as MysqlTable[],
  }));
  for (const table of [...tables].sort((a, b) => b.bytes - a.bytes)) {
    const least = shares.reduce((one, other) => (other.bytes < one.bytes ? other : one));
    least.bytes += table.bytes + 1;
    least.tables.push(table);
  }
  return shares.map((share) => share.tables);
}

/** Definitions of views name every table with its database, in quotes. */
function addViews({ views }: MysqlFacts, excluded: readonly string[]): readonly string[] {
  const quoted = excluded.map((name) => name.split('.', 2).map(quoteMysqlName).join('.'));
  const more = views.filter(
    (view) =>
      !excluded.includes(nameTable(view)) && quoted.some((name) => String(view.definition).includes(name)),
  );
  return more.length === 0
    ? excluded
    : addViews({ views } as MysqlFacts, [...excluded, ...more.map(nameTable)]);
}

function checkPatterns(tables: readonly MysqlTable[], request: ImportRequest): void {
  const unmatched = findUnmatched(
    [...request.tables, ...request.excludedTables, ...request.emptyTables],
    tables,
  );
  if (unmatched.length === 0) return;
  throw new FactoryError('BAD_INVOCATION', 'there are patterns that no table of the source fits', {
    problems: unmatched,
    hint: 'A pattern is TABLE or DATABASE.TABLE, with * and ? as in file names.',
  });
}
