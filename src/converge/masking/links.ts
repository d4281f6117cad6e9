// Columns that foreign keys tie together: a value and every reference to it must get the same fake.
import type { TableName } from '../../artifact/masking-policy.ts';
import { type ColumnInfo, type DatabaseSchema, formatTable, type TableInfo } from './schema.ts';

export interface Links {
  describe(
    table: TableInfo,
    column: ColumnInfo,
  ): { readonly isUnique: boolean; readonly maxLength?: number | undefined };
}

interface Group {
  isUnique: boolean;
  maxLength: number | undefined;
}

export function findLinks(schema: DatabaseSchema): Links {
  const leaders = new Map<string, string>();
  const find = (key: string): string => {
    const next = leaders.get(key);
    return next === undefined ? key : find(next);
  };
  for (const key of schema.foreignKeys) {
    for (const [index, column] of key.fromColumns.entries()) {
      const from = find(formatColumn(key.from, column));
      const to = find(formatColumn(key.to, key.toColumns[index] ?? column));
      if (from !== to) leaders.set(from, to);
    }
  }
  const groups = new Map<string, Group>();
  for (const table of schema.tables) {
    for (const column of table.columns)
      addToGroup(groups, find(formatRootColumn(table, column)), table, column);
  }
  return {
    describe(table, column) {
      const group = groups.get(find(formatRootColumn(table, column)));
      return { isUnique: group?.isUnique ?? false, maxLength: group?.maxLength };
    },
  };
}

/** Foreign keys are the partitioned table's, rows are its partitions'. */
function formatRootColumn(table: TableInfo, column: ColumnInfo): string {
  return formatColumn(table.partitionOf ?? table, column.name);
}

function formatColumn(table: TableName, column: string): string {
  return `${formatTable(table)}.${column}`;
}

function addToGroup(groups: Map<string, Group>, key: string, table: TableInfo, column: ColumnInfo): void {
  const isUnique = table.uniqueKeys.some((columns) => columns.includes(column.name));
  const length = column.kind === 'text' ? column.size : undefined;
  const group = groups.get(key);
  if (group === undefined) {
    groups.set(key, { isUnique, maxLength: length });
    return;
  }
  group.isUnique ||= isUnique;
  if (length !== undefined) group.maxLength = Math.min(length, group.maxLength ?? length);
}
