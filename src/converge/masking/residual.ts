// Looks for what masking should have caught: shapes of e-mail addresses, phone numbers, cards and national ids in
// texts and documents that the policy keeps. Only counts leave the server, and candidates for the card check.
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';
import { quoteMysqlName } from './mysql-dialect.ts';
import { quoteName } from './postgres-dialect.ts';
import type { ResidualFinding, ResidualShape } from './report.ts';
import type { TablePlan } from './resolve-policy.ts';
import { type ColumnInfo, formatTable } from './schema.ts';

/** Regular expressions that PostgreSQL, MySQL and MariaDB read alike. Fakes of our own do not count. */
const SHAPES: Readonly<Record<ResidualShape, string>> = {
  email: '[A-Za-z0-9._%+-]+@(?!example[.](com|org|net))[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}',
  phone:
    '(^|[^0-9A-Za-z.:-])([+](?!999)[1-9][0-9]{0,2}[ .-]?([(]?[0-9]{2,4}[)]?[ .-]?){2,4}[0-9]|[(]?[0-9]{3}[)]?[ .-][0-9]{3}[ .-][0-9]{4})($|[^0-9A-Za-z-])',
  card: '(^|[^0-9])[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7}($|[^0-9])',
  'national id':
    '(^|[^0-9A-Za-z-])([0-9]{3}-[0-9]{2}-[0-9]{4}|[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D])($|[^0-9A-Za-z-])',
};
/** So many candidates are looked at by their check digit. */
const CARD_CANDIDATES = 1000;

export async function findResidual(
  connection: SqlConnection,
  family: SqlFamily,
  plan: TablePlan,
): Promise<readonly ResidualFinding[]> {
  const columns = plan.columns.filter(
    ({ column, mask }) => isSearched(column) && (mask.kind === 'keep' || mask.kind === 'json'),
  );
  if (columns.length === 0 || plan.action === 'truncate') return [];
  const quote = family === 'postgres' ? quoteName : quoteMysqlName;
  const from = `${quote(plan.table.schema)}.${quote(plan.table.name)}`;
  const names = columns.map(({ column }) => column.name);
  const counted = names.flatMap((name) =>
    Object.values(SHAPES).map((shape) => formatCount(family, quote(name), shape)),
  );
  const { rows } = await connection.query(
    `SELECT ${counted.map((count, index) => `${count} AS c${index}`).join(', ')} FROM ${family === 'postgres' ? 'ONLY ' : ''}${from}`,
  );
  const shapes = Object.keys(SHAPES) as ResidualShape[];
  const findings: ResidualFinding[] = [];
  for (const [at, name] of names.entries()) {
    for (const [index, shape] of shapes.entries()) {
      const found = Number(rows[0]?.[`c${at * shapes.length + index}`] ?? 0);
      const count =
        shape === 'card' && found > 0 ? await countCards(connection, family, from, quote(name)) : found;
      if (count > 0) findings.push({ table: formatTable(plan.table), column: name, shape, rows: count });
    }
  }
  return findings;
}

function isSearched({ kind, isGenerated }: ColumnInfo): boolean {
  return !isGenerated && (kind === 'text' || kind === 'json' || kind === 'array' || kind === 'other');
}

function formatCount(family: SqlFamily, column: string, shape: string): string {
  return `coalesce(sum(CASE WHEN ${formatMatch(family, column, shape)} THEN 1 ELSE 0 END), 0)`;
}

function formatMatch(family: SqlFamily, column: string, shape: string): string {
  return family === 'postgres' ? `${column}::text ~ '${shape}'` : `CAST(${column} AS CHAR) REGEXP '${shape}'`;
}

async function countCards(
  connection: SqlConnection,
  family: SqlFamily,
  from: string,
  column: string,
): Promise<number> {
  const text = family === 'postgres' ? `${column}::text` : `CAST(${column} AS CHAR)`;
  const { rows } = await connection.query(
    `SELECT ${text} AS value FROM ${from} WHERE ${formatMatch(family, column, SHAPES.card)} LIMIT ${CARD_CANDIDATES}`,
  );
  return rows.filter((row) => hasCard(String(row['value']))).length;
}

export function hasCard(text: string): boolean {
  const candidates = text.match(/(?<!\d)[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}(?!\d)/g) ?? [];
  return candidates.some((candidate) => isLuhn(candidate.replace(/\D/g, '')));
}

/** The check digit of cards: https://www.iso.org/standard/70484.html */
function isLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
