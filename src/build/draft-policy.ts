// Writes the first draft of a masking policy by rules on names, types and sampled values. A person must read it: what
// no rule knows is given the safest class that fits, with a comment.
import { type FakeKind, matchesPattern } from '../artifact/masking-policy.ts';
import type { ColumnInfo, DatabaseSchema, ForeignKey, TableInfo } from '../converge/masking/schema.ts';
import { formatTable, isSameTable } from '../converge/masking/schema.ts';

/** Some values of a column, by `schema.table.column`; columns without an entry are judged by name and type. */
export type SampledValues = ReadonlyMap<string, readonly string[]>;

interface Draft {
  readonly text: string;
  /** Why, where that is not plain. */
  readonly comment?: string | undefined;
}

const NAME_RULES: readonly (readonly [pattern: RegExp, kind: FakeKind])[] = [
  [/e_?mail/, 'email'],
  [/(^|_)(phone|mobile|cell|fax|tel)(_|$|number)|telephone/, 'phone'],
  [/first_?name|given_?name|forename/, 'first_name'],
  [/last_?name|surname|family_?name/, 'last_name'],
  [/user_?name|login|nick/, 'username'],
  [/company|employer|organi[sz]ation/, 'company'],
  [
    /(full|display|contact|customer|person|owner|author|ship_?to|recipient)_?name|^ship_to$|^recipient$/,
    'name',
  ],
  [/street|addr(ess)?_?(line)?_?[123]$/, 'street'],
  [/address|^addr$/, 'address'],
  [/(^|_)(city|town)$/, 'city'],
  [/(^|_)(state|province|region)$/, 'state'],
  [/zip|post(al)?_?code/, 'postcode'],
  [/(^|_)country$/, 'country'],
  [/job|profession|occupation/, 'job'],
  [/(^|_)ip(_|$)|ip_?addr/, 'ip'],
  [/(^|_)(url|website|homepage)$/, 'url'],
  [/card_?(number|no)|(^|_)pan$/, 'card'],
  [/birth|(^|_)dob$/, 'birth_date'],
];
const SECRET =
  /passw|secret|token|api_?key|ssn|social|national_?id|tax_?id|iban|account_?(no|number)|passport|licen[cs]e/;
const FREE_TEXT = /note|comment|message|body|description|remark|memo|content|subject/;
const PLAIN =
  /^(status|type|kind|category|currency|locale|language|code|sku|slug|version|color|colour|size|unit|title|source|enabled|active)$|_(status|type|kind|code|count|flag)$/;

const VALUE_RULES: readonly (readonly [pattern: RegExp, kind: FakeKind])[] = [
  [/^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i, 'email'],
  [/^\+?[\d ().-]{9,20}$/, 'phone'],
  [/^\d{1,3}(\.\d{1,3}){3}$/, 'ip'],
  [/^https?:\/\//, 'url'],
];

/** YAML, in the schema's order. */
export function draftPolicy(schema: DatabaseSchema, sampled: SampledValues): string {
  const lines = ['# A first draft: read every line before it is used.', 'version: 1', 'tables:'];
  for (const table of schema.tables.filter(({ partitionOf }) => partitionOf === undefined)) {
    lines.push(`  ${quote(nameTable(table, schema))}:${table.kind === 'foreign' ? ' foreign' : ''}`);
    if (table.kind !== 'foreign') lines.push('    columns:', ...draftColumns(table, schema, sampled));
  }
  if (schema.tables.length === 0) lines.push('  {}');
  if (schema.largeObjects > 0) lines.push('large_objects: unlink');
  if (schema.otherDatabases.length > 0) {
    lines.push('other_databases:', ...schema.otherDatabases.map((name) => `  ${quote(name)}: drop`));
  }
  return `${lines.join('\n')}\n`;
}

function nameTable(table: TableInfo, schema: DatabaseSchema): string {
  return table.schema === schema.defaultSchema ? table.name : formatTable(table);
}

function draftColumns(table: TableInfo, schema: DatabaseSchema, sampled: SampledValues): readonly string[] {
  const columns = table.columns.filter(({ isGenerated }) => !isGenerated);
  const lines = columns.map((column) => {
    const { text, comment } = draftColumn(table, column, schema, sampled);
    return `      ${quote(column.name)}: ${text}${comment === undefined ? '' : ` # ${comment}`}`;
  });
  return lines.length > 0 ? lines : ['      {}'];
}

function draftColumn(
  table: TableInfo,
  column: ColumnInfo,
  schema: DatabaseSchema,
  sampled: SampledValues,
): Draft {
  const origin = findOrigin(table, column, schema.foreignKeys);
  const parent = schema.tables.find((other) => origin !== undefined && isSameTable(other, origin.table));
  const parentColumn = parent?.columns.find(({ name }) => name === origin?.column);
  if (parent !== undefined && parentColumn !== undefined && parent !== table) {
    const draft = draftColumn(parent, parentColumn, schema, sampled);
    return { text: draft.text, comment: `as ${formatTable(parent)}.${parentColumn.name}` };
  }
  return draftAlone(table, column, sampled.get(`${formatTable(table)}.${column.name}`) ?? []);
}

/** What a foreign key says that this column refers to. */
function findOrigin(table: TableInfo, column: ColumnInfo, keys: readonly ForeignKey[]) {
  const key = keys.find(
    ({ from, fromColumns }) => isSameTable(from, table) && fromColumns.includes(column.name),
  );
  if (key === undefined) return undefined;
  return { table: key.to, column: key.toColumns[key.fromColumns.indexOf(column.name)] };
}

function draftAlone(table: TableInfo, column: ColumnInfo, values: readonly string[]): Draft {
  const name = column.name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  if (table.partitionKey.includes(column.name)) return { text: 'keep', comment: 'decides on the partition' };
  if (column.kind === 'text') return draftText(table, column, name, values);
  if (column.kind === 'date' || column.kind === 'timestamp') {
    return { text: /birth|(^|_)dob$/.test(name) ? 'fake birth_date' : 'keep' };
  }
  if (column.kind === 'tsvector') return draftSearch(table, column);
  if (column.kind === 'integer' || column.kind === 'number') {
    const isSecret = SECRET.test(name) && !isKey(table, column);
    return isSecret ? { text: 'hash' } : { text: /salary|income|wage/.test(name) ? 'shuffle' : 'keep' };
  }
  if (column.kind === 'boolean' || column.kind === 'uuid') return { text: 'keep' };
  if (column.isNullable) return { text: 'null', comment: `${column.type}: no rule looks into it` };
  if (column.kind === 'json') return { text: '{ value: "{}" }', comment: 'JSON: or json with paths' };
  return { text: 'keep', comment: `${column.type}: LOOK INTO IT, no rule can mask it` };
}

function draftText(table: TableInfo, column: ColumnInfo, name: string, values: readonly string[]): Draft {
  const isNamed =
    /^name$/.test(name) &&
    /customer|user|person|people|contact|employee|member|patient|client/.test(table.name);
  const byName = isNamed ? 'name' : NAME_RULES.find(([pattern]) => pattern.test(name))?.[1];
  if (byName !== undefined && byName !== 'birth_date') return fitFake(table, column, byName);
  if (SECRET.test(name)) return { text: 'hash' };
  const byValue = VALUE_RULES.find(
    ([pattern]) => values.length > 0 && values.every((value) => pattern.test(value)),
  )?.[1];
  if (byValue !== undefined) return { ...fitFake(table, column, byValue), comment: 'by its values' };
  if (PLAIN.test(name) || isKey(table, column)) return { text: 'keep' };
  if (FREE_TEXT.test(name) || hasPersons(values))
    return column.isNullable ? { text: 'null' } : { text: 'fake text' };
  if (values.length > 4 && new Set(values).size <= values.length / 4)
    return { text: 'keep', comment: 'few values' };
  if (isUnique(table, column)) return { text: 'hash', comment: 'no rule knows it' };
  return column.isNullable
    ? { text: 'null', comment: 'no rule knows it' }
    : { text: 'fake text', comment: 'no rule knows it' };
}

function hasPersons(values: readonly string[]): boolean {
  return values.some((value) => /[^\s@]+@[^\s@]+\.[a-z]{2,}/i.test(value) || /\+\d[\d ().-]{8,}/.test(value));
}

/** A fake that does not fit becomes a hash. */
function fitFake(table: TableInfo, column: ColumnInfo, kind: FakeKind): Draft {
  const needed: Partial<Record<FakeKind, number>> = { email: 24, url: 32, phone: 22, ip: 15, card: 16 };
  const least = needed[kind] ?? (isUnique(table, column) ? 13 : 1);
  const isTooShort = column.size !== undefined && column.size < least;
  const mustDiffer = isUnique(table, column) && (kind === 'ip' || kind === 'card');
  return isTooShort || mustDiffer
    ? { text: 'hash', comment: `no fake ${kind} fits` }
    : { text: `fake ${kind}` };
}

function draftSearch(table: TableInfo, column: ColumnInfo): Draft {
  const texts = table.columns
    .filter(({ kind, isGenerated }) => kind === 'text' && !isGenerated)
    .map(({ name }) => quote(name));
  if (texts.length === 0) return { text: column.isNullable ? 'null' : "{ value: '' }" };
  return {
    text: `{ search: { config: simple, columns: [${texts.join(', ')}] } }`,
    comment: 'name the columns it is made of',
  };
}

function isKey(table: TableInfo, column: ColumnInfo): boolean {
  return (
    table.primaryKey.includes(column.name) || matchesPattern('*_id', column.name) || column.name === 'id'
  );
}

function isUnique(table: TableInfo, column: ColumnInfo): boolean {
  return table.uniqueKeys.some((columns) => columns.includes(column.name));
}

function quote(name: string): string {
  return /^[A-Za-z_][\w.]*$/.test(name) && !/^(null|true|false|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name);
}
