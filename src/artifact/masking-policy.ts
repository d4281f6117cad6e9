// What a masking policy says: a class for every column. Pure data, carried by the artifact; read-masking-policy.ts
// makes it from YAML, the converger checks it against a real schema.

/** Kinds of fakes; each is a function of the seed and the original value alone. */
export const FAKE_KINDS = [
  'name',
  'first_name',
  'last_name',
  'username',
  'email',
  'phone',
  'address',
  'street',
  'city',
  'state',
  'postcode',
  'country',
  'company',
  'job',
  'ip',
  'url',
  'card',
  'text',
  'birth_date',
] as const;
export type FakeKind = (typeof FAKE_KINDS)[number];

export const LOCALES = ['en', 'de', 'es', 'fr'] as const;
export type Locale = (typeof LOCALES)[number];

/** How the values of one column are treated. */
export type Mask =
  | { readonly kind: 'keep' }
  | { readonly kind: 'null' }
  | { readonly kind: 'hash' }
  | { readonly kind: 'shuffle' }
  | { readonly kind: 'value'; readonly value: string | number | boolean }
  | { readonly kind: 'fake'; readonly what: FakeKind }
  /** Values at these paths of a JSON document; the rest of it is kept. */
  | { readonly kind: 'json'; readonly paths: readonly JsonPath[] }
  /** A tsvector, made again from masked columns of the same row. */
  | { readonly kind: 'search'; readonly config: string; readonly columns: readonly string[] };

export interface JsonPath {
  readonly path: readonly string[];
  readonly mask: JsonMask;
}

export type JsonMask =
  | { readonly kind: 'null' }
  | { readonly kind: 'hash' }
  | { readonly kind: 'value'; readonly value: string | number | boolean }
  | { readonly kind: 'fake'; readonly what: FakeKind };

export interface ColumnPolicy {
  /** May hold `*`; in `MaskingPolicy.columns` also `table.column`. */
  readonly name: string;
  readonly mask: Mask;
  readonly line: number;
}

export interface TablePolicy {
  /** `table`, `schema.table`; may hold `*`. */
  readonly name: string;
  /** `truncate`: no row stays. `foreign`: a foreign table, whose rows are elsewhere and stay reachable. */
  readonly action: 'mask' | 'truncate' | 'foreign';
  /** SQL condition; rows for which it holds are not kept. */
  readonly dropRows?: string | undefined;
  readonly columns: readonly ColumnPolicy[];
  readonly line: number;
}

export interface MaskingPolicy {
  /** Name of the file, for messages. */
  readonly file: string;
  /** Fakes depend on it: the same seed gives the same fakes in every clone. */
  readonly seed?: string | undefined;
  readonly locale: Locale;
  readonly tables: readonly TablePolicy[];
  /** Classes for columns of any table that its own entry does not name. */
  readonly columns: readonly ColumnPolicy[];
  readonly largeObjects?: 'keep' | 'unlink' | undefined;
  /** Databases of the same cluster beside the one that is masked. */
  readonly otherDatabases: Readonly<Record<string, 'keep' | 'drop'>>;
}

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** The entry that counts: one that names the table exactly, else the pattern with the most letters. */
export function findTablePolicy(
  policy: MaskingPolicy,
  table: TableName,
  defaultSchema: string,
): TablePolicy | undefined {
  return pickBest(policy.tables, (entry) => {
    const full = entry.name.includes('.') ? entry.name : `${defaultSchema}.${entry.name}`;
    return matchesPattern(full, `${table.schema}.${table.name}`);
  });
}

/** The class of a column: the table's own entry for it, else one of `columns`; exact names before patterns. */
export function findColumnPolicy(
  policy: MaskingPolicy,
  entry: TablePolicy | undefined,
  table: TableName,
  column: string,
): ColumnPolicy | undefined {
  const own = pickBest(entry?.columns ?? [], ({ name }) => matchesPattern(name, column));
  if (own !== undefined) return own;
  return pickBest(policy.columns, ({ name }) => {
    const isQualified = name.includes('.');
    return matchesPattern(name, isQualified ? `${table.name}.${column}` : column);
  });
}

export function matchesPattern(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const source = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`, 's').test(name);
}

function pickBest<T extends { readonly name: string }>(
  entries: readonly T[],
  matches: (entry: T) => boolean,
): T | undefined {
  const rank = ({ name }: T): number => (name.includes('*') ? name.replaceAll('*', '').length : 10_000);
  return entries.filter(matches).reduce<T | undefined>((best, entry) => {
    return best === undefined || rank(entry) > rank(best) ? entry : best;
  }, undefined);
}
