// Patterns for tables: `orders`, `sales.orders`, `audit_*`. Knows no database.

export interface NamedTable {
  readonly schema: string;
  readonly name: string;
}

export function matchesAny(patterns: readonly string[], table: NamedTable): boolean {
  return patterns.some((pattern) => matches(pattern, table));
}

export function findUnmatched(patterns: readonly string[], tables: readonly NamedTable[]): readonly string[] {
  return patterns.filter((pattern) => !tables.some((table) => matches(pattern, table)));
}

/** A pattern without a dot means the table in whatever schema. */
function matches(pattern: string, { schema, name }: NamedTable): boolean {
  const text = pattern.includes('.') ? `${schema}.${name}` : name;
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
