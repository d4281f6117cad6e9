// The assignments of one masked MySQL table. Each reads only the column that it sets, because MySQL evaluates
// assignments from left to right: https://dev.mysql.com/doc/refman/8.4/en/update.html
import type { JsonPath } from '../../artifact/masking-policy.ts';
import { formatFake } from './fakes.ts';
import { makeMysqlDigest, mysqlDialect, quoteMysqlLiteral, quoteMysqlName } from './mysql-dialect.ts';
import type { ColumnPlan, TablePlan } from './resolve-policy.ts';
import type { MaskingSession } from './server.ts';

export function formatAssignments(
  columns: readonly ColumnPlan[],
  session: MaskingSession,
): readonly string[] {
  let shuffled = 0;
  return columns.map((plan) => {
    const name = `t.${quoteMysqlName(plan.column.name)}`;
    const value = plan.mask.kind === 'shuffle' ? `s${shuffled++}.v` : formatValue(name, plan, session);
    return `${name} = ${value}`;
  });
}

/** Texts that the server takes for equal must get the same digest: case and trailing spaces do not count with `_ci`. */
function formatValue(name: string, plan: ColumnPlan, session: MaskingSession): string {
  const { mask, column, isUnique, maxLength } = plan;
  const text = `CONVERT(${name} USING utf8mb4)`;
  const original = column.ignoresCase ? `LOWER(RTRIM(${text}))` : text;
  switch (mask.kind) {
    case 'null':
      return 'NULL';
    case 'value':
      return quoteMysqlLiteral(mask.value);
    case 'fake':
      return formatFake(mask.what, makeMysqlDigest(original, session.seed, session.words), mysqlDialect, {
        isUnique,
        maxLength,
      });
    case 'hash':
      return formatHash(original, plan, session);
    case 'json':
      return mask.paths.reduce((inner, path) => formatJson(inner, name, path, session), name);
    default:
      return name;
  }
}

function formatHash(original: string, { column, maxLength }: ColumnPlan, session: MaskingSession): string {
  const digest = makeMysqlDigest(original, session.seed, session.words);
  const { integer, left, bytes } = mysqlDialect;
  if (column.kind === 'integer') return integer(digest, column.size ?? 31);
  if (column.kind === 'number')
    return `${integer(digest, 63)} MOD ${10n ** BigInt(Math.min(18, column.size ?? 18))}`;
  if (column.kind === 'bytes') return left(bytes(digest.hex(0, 16)), column.size ?? 16);
  return left(digest.hex(0, 16), maxLength ?? 32);
}

/** JSON_REPLACE leaves out a path that a document does not have. */
function formatJson(inner: string, name: string, { path, mask }: JsonPath, session: MaskingSession): string {
  const place = quoteMysqlLiteral(
    `$${path.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${JSON.stringify(key)}`)).join('')}`,
  );
  return `JSON_REPLACE(${inner}, ${place}, ${formatJsonValue(`JSON_UNQUOTE(JSON_EXTRACT(${name}, ${place}))`, mask, session)})`;
}

function formatJsonValue(original: string, mask: JsonPath['mask'], session: MaskingSession): string {
  if (mask.kind === 'null') return 'NULL';
  if (mask.kind === 'value') return quoteMysqlLiteral(mask.value);
  // Documents compare case, most columns do not; the same address must get the same fake in both.
  const text = `LOWER(RTRIM(CONVERT(${original} USING utf8mb4)))`;
  const digest = makeMysqlDigest(text, session.seed, session.words);
  return mask.kind === 'hash'
    ? digest.hex(0, 16)
    : formatFake(mask.what, digest, mysqlDialect, { isUnique: false });
}

/** Shuffled values come from a copy of the column in another order, matched by position. */
export function formatShuffleJoin(plan: TablePlan, full: string, seed: string): string {
  const shuffled = plan.columns.filter(({ mask }) => mask.kind === 'shuffle');
  if (shuffled.length === 0) return '';
  const keys = plan.table.primaryKey.map(quoteMysqlName);
  const order = keys.join(', ');
  const base = ` JOIN (SELECT ${order}, ROW_NUMBER() OVER (ORDER BY ${order}) AS n FROM ${full}) AS b
    ON ${keys.map((key) => `b.${key} = t.${key}`).join(' AND ')}`;
  const joins = shuffled.map(({ column }, index) => {
    const mixed = `SHA2(CONCAT_WS('/', ${quoteMysqlLiteral(`${seed} ${column.name}`)}, ${order}), 256)`;
    return ` JOIN (SELECT ${quoteMysqlName(column.name)} AS v, ROW_NUMBER() OVER (ORDER BY ${mixed}) AS n FROM ${full}) AS s${index}
      ON s${index}.n = b.n`;
  });
  return base + joins.join('');
}
