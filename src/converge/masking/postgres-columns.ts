// The SQL expression that stands for one masked column of a PostgreSQL table.
import type { JsonPath } from '../../artifact/masking-policy.ts';
import { formatFake } from './fakes.ts';
import { type PostgresSources, postgresDialect, quoteLiteral, quoteName } from './postgres-dialect.ts';
import type { ColumnPlan } from './resolve-policy.ts';

/** Expressions by column name, over the inner query `t` and the joins of `sources`; shuffled ones over `sN`. */
export function formatColumns(
  columns: readonly ColumnPlan[],
  sources: PostgresSources,
): ReadonlyMap<string, string> {
  const expressions = new Map<string, string>();
  let shuffled = 0;
  for (const plan of columns) {
    const { column, mask } = plan;
    if (mask.kind === 'search') continue;
    const value = mask.kind === 'shuffle' ? `s${shuffled++}.v` : formatValue(plan, sources);
    expressions.set(column.name, mask.kind === 'keep' ? value : `(${value})::${column.type}`);
  }
  for (const { column, mask } of columns) {
    if (mask.kind !== 'search') continue;
    const texts = mask.columns.map((name) => `(${expressions.get(name) ?? `t.${quoteName(name)}`})::text`);
    const config = quoteLiteral(mask.config);
    expressions.set(column.name, `to_tsvector(${config}::regconfig, concat_ws(' ', ${texts.join(', ')}))`);
  }
  return expressions;
}

function formatValue({ column, mask, isUnique, maxLength }: ColumnPlan, sources: PostgresSources): string {
  const name = `t.${quoteName(column.name)}`;
  const original = column.ignoresCase ? `lower(${name}::text)` : `${name}::text`;
  switch (mask.kind) {
    case 'null':
      return 'NULL';
    case 'value':
      return quoteLiteral(mask.value);
    case 'fake':
      return formatFake(mask.what, sources.digest(original), postgresDialect, { isUnique, maxLength });
    case 'hash':
      return formatHash(sources, original, { column, mask, isUnique, maxLength });
    case 'json':
      return formatJson(name, mask.paths, sources);
    default:
      return name;
  }
}

function formatHash(sources: PostgresSources, original: string, { column, maxLength }: ColumnPlan): string {
  const digest = sources.digest(original);
  const { integer, left, bytes } = postgresDialect;
  if (column.kind === 'integer') return integer(digest, column.size ?? 31);
  if (column.kind === 'number')
    return `${integer(digest, 63)} % ${10n ** BigInt(Math.min(18, column.size ?? 18))}`;
  if (column.kind === 'uuid') return digest.hex(0, 16);
  if (column.kind === 'bytes') return bytes(digest.hex(0, 16));
  return left(digest.hex(0, 16), maxLength ?? 32);
}

/** A path that a document does not have is left out: `jsonb_set` creates nothing here. Scalars are kept whole. */
function formatJson(name: string, paths: readonly JsonPath[], sources: PostgresSources): string {
  const document = `${name}::jsonb`;
  const masked = paths.reduce((inner, { path, mask }) => {
    const place = `${quoteLiteral(`{${path.map((key) => JSON.stringify(key)).join(',')}}`)}::text[]`;
    const value = formatJsonValue(`(${document} #>> ${place})`, mask, sources);
    return `jsonb_set(${inner}, ${place}, coalesce(to_jsonb(${value}), 'null'), false)`;
  }, document);
  return `CASE WHEN jsonb_typeof(${document}) IN ('object', 'array') THEN ${masked} ELSE ${document} END`;
}

function formatJsonValue(original: string, mask: JsonPath['mask'], sources: PostgresSources): string {
  if (mask.kind === 'null') return 'NULL::text';
  if (mask.kind === 'value')
    return typeof mask.value === 'string' ? `${quoteLiteral(mask.value)}::text` : quoteLiteral(mask.value);
  const digest = sources.digest(original);
  if (mask.kind === 'hash') return digest.hex(0, 16);
  return formatFake(mask.what, digest, postgresDialect, { isUnique: false });
}
