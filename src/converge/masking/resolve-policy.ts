// Joins a policy and a schema: what is done with every table and column, and everything that does not fit.
import {
  type ColumnPolicy,
  findColumnPolicy,
  findTablePolicy,
  type Mask,
  type MaskingPolicy,
  matchesPattern,
  type TablePolicy,
} from '../../artifact/masking-policy.ts';
import { checkColumnFit, checkKeyFit } from './fit.ts';
import { findLinks, type Links } from './links.ts';
import { type ColumnInfo, type DatabaseSchema, formatTable, isSameTable, type TableInfo } from './schema.ts';

export interface ColumnPlan {
  readonly column: ColumnInfo;
  readonly mask: Mask;
  /** Different values must stay different: the column, or one that it is linked to by a foreign key, is unique. */
  readonly isUnique: boolean;
  /** The most characters that fit into the column and all that it is linked to. */
  readonly maxLength?: number | undefined;
}

export interface TablePlan {
  readonly table: TableInfo;
  /** `keep`: not touched. `rewrite`: every row is written anew. */
  readonly action: 'keep' | 'rewrite' | 'truncate';
  readonly dropRows?: string | undefined;
  /** Every column that is not generated. */
  readonly columns: readonly ColumnPlan[];
}

export interface ResolvedPolicy {
  /** Tables that hold rows themselves, biggest first. */
  readonly tables: readonly TablePlan[];
  /** Each with its place. */
  readonly problems: readonly string[];
}

export function resolvePolicy(policy: MaskingPolicy, schema: DatabaseSchema): ResolvedPolicy {
  const problems: string[] = [];
  const add = (line: number | undefined, sentence: string): void => {
    problems.push(`${policy.file}${line === undefined ? '' : `:${line}`}: ${sentence}`);
  };
  findUnknown(policy, schema, add);
  findUncovered(policy, schema, add);
  const links = findLinks(schema);
  const plans = schema.tables.map((table) => resolveTable(policy, schema, links, table, add));
  checkKeyFit(schema, plans, add);
  const tables = plans.filter(({ table }) => table.kind === 'table');
  return { tables: tables.sort((a, b) => b.table.sizeBytes - a.table.sizeBytes), problems };
}

export type AddProblem = (line: number | undefined, sentence: string) => void;

function findUnknown(policy: MaskingPolicy, schema: DatabaseSchema, add: AddProblem): void {
  for (const entry of policy.tables) {
    const tables = schema.tables.filter((table) => matchesTable(entry, table, schema));
    if (tables.length === 0) add(entry.line, `there is no table ${entry.name}`);
    for (const { name, line } of tables.length === 0 ? [] : entry.columns) {
      const exists = tables.some(({ columns }) =>
        columns.some((column) => matchesPattern(name, column.name)),
      );
      if (!exists) add(line, `there is no column ${name} in ${entry.name}`);
    }
  }
  for (const { name, line } of policy.columns.filter((entry) => !entry.name.includes('*'))) {
    const exists = schema.tables.some((table) =>
      table.columns.some((column) => name === column.name || name === `${table.name}.${column.name}`),
    );
    if (!exists) add(line, `there is no column ${name}`);
  }
}

function matchesTable(entry: TablePolicy, table: TableInfo, schema: DatabaseSchema): boolean {
  const full = entry.name.includes('.') ? entry.name : `${schema.defaultSchema}.${entry.name}`;
  return matchesPattern(full, formatTable(table));
}

/** What a clone brings beside tables, which would stay as it is if nobody decided. */
function findUncovered(policy: MaskingPolicy, schema: DatabaseSchema, add: AddProblem): void {
  if (schema.largeObjects > 0 && policy.largeObjects === undefined) {
    add(undefined, `there are ${schema.largeObjects} large objects; say "large_objects: unlink" or "keep"`);
  }
  for (const name of schema.otherDatabases.filter((other) => policy.otherDatabases[other] === undefined)) {
    add(
      undefined,
      `the database ${name} would come along unmasked; say under "other_databases": "${name}: drop" or "keep"`,
    );
  }
}

/** A partition is treated as its parent's entry says, unless it has one of its own. */
function findEntry(policy: MaskingPolicy, schema: DatabaseSchema, table: TableInfo): TablePolicy | undefined {
  const entry = findTablePolicy(policy, table, schema.defaultSchema);
  if (entry !== undefined || table.partitionOf === undefined) return entry;
  return findTablePolicy(policy, table.partitionOf, schema.defaultSchema);
}

function resolveTable(
  policy: MaskingPolicy,
  schema: DatabaseSchema,
  links: Links,
  table: TableInfo,
  add: AddProblem,
): TablePlan {
  const entry = findEntry(policy, schema, table);
  if (table.kind === 'foreign') {
    if (entry?.action !== 'foreign') {
      add(
        entry?.line,
        `${formatTable(table)} is a foreign table, which masking cannot reach; say "foreign" to leave it so`,
      );
    }
    return { table, action: 'keep', columns: [] };
  }
  if (entry?.action === 'foreign') add(entry.line, `${formatTable(table)} is not a foreign table`);
  if (entry?.action === 'truncate') return { table, action: 'truncate', columns: [] };
  const named = table.partitionOf === undefined ? table : { ...table, ...table.partitionOf };
  const columns = table.columns.flatMap((column): ColumnPlan[] => {
    const found = findColumnPolicy(policy, entry, named, column.name);
    if (column.isGenerated) {
      if (found !== undefined && !isHarmlessOnGenerated(found)) {
        add(
          found.line,
          `${formatTable(table)}.${column.name} is generated from other columns and needs no class`,
        );
      }
      return [];
    }
    if (found === undefined) {
      if (table.partitionOf === undefined || entry === undefined) {
        add(undefined, `${formatTable(table)}.${column.name} (${column.type}) has no class`);
      }
      return [];
    }
    const plan = { column, mask: found.mask, ...links.describe(table, column) };
    checkColumnFit(table, plan, schema.family, (sentence) => add(found.line, sentence));
    return [plan];
  });
  checkSearchColumns(table, columns, add);
  const changes = columns.some(({ mask }) => mask.kind !== 'keep') || entry?.dropRows !== undefined;
  return { table, action: changes ? 'rewrite' : 'keep', dropRows: entry?.dropRows, columns };
}

/** A pattern may match a generated column by chance; an entry that names it was meant. */
function isHarmlessOnGenerated({ name, mask }: ColumnPolicy): boolean {
  return mask.kind === 'keep' || name.includes('*');
}

function checkSearchColumns(table: TableInfo, columns: readonly ColumnPlan[], add: AddProblem): void {
  const masksText = columns.some(({ column, mask }) => mask.kind !== 'keep' && column.kind !== 'tsvector');
  for (const { column, mask } of columns) {
    const place = `${formatTable(table)}.${column.name}`;
    if (column.kind === 'tsvector' && mask.kind === 'keep' && masksText) {
      add(undefined, `${place} keeps words of masked columns; say "search" with its columns, or null`);
    }
    const unknown =
      mask.kind === 'search'
        ? mask.columns.filter((name) => !table.columns.some((c) => c.name === name))
        : [];
    for (const name of unknown) add(undefined, `${place}: there is no column ${name} to search in`);
  }
}

export function findPlan(
  plans: readonly TablePlan[],
  table: { schema: string; name: string },
): TablePlan | undefined {
  return plans.find((plan) => isSameTable(plan.table, table));
}
