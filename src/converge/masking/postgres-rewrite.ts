// Writes a PostgreSQL table anew, masked, in one transaction: into a scratch table, TRUNCATE, and back. So neither dead
// tuples nor TOAST keep an original, triggers and views stay, and a killed run leaves the table as it was.
import { createHash } from 'node:crypto';
import { wrapError } from '../../errors.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import { formatColumns } from './postgres-columns.ts';
import { PostgresSources, quoteLiteral, quoteName, SCRATCH } from './postgres-dialect.ts';
import type { TableReport } from './report.ts';
import type { TablePlan } from './resolve-policy.ts';
import { formatTable, type TableInfo } from './schema.ts';
import type { WordList } from './words.ts';

export interface RewriteContext {
  readonly seed: string;
  readonly wordCounts: Readonly<Record<WordList, number>>;
  /** Called in the transaction, just before it is committed. */
  readonly record: (connection: SqlConnection, report: TableReport) => Promise<void>;
}

export async function rewriteTable(
  connection: SqlConnection,
  plan: TablePlan,
  context: RewriteContext,
): Promise<TableReport> {
  const place = formatTable(plan.table);
  await connection.query('BEGIN');
  try {
    const report =
      plan.action === 'truncate'
        ? await emptyTable(connection, plan)
        : await replaceRows(connection, plan, context);
    await context.record(connection, report);
    await connection.query('COMMIT');
    return report;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {}); // the connection may be what failed
    throw wrapError(`masking ${place}`, error);
  }
}

async function replaceRows(
  connection: SqlConnection,
  plan: TablePlan,
  context: RewriteContext,
): Promise<TableReport> {
  const { table } = plan;
  const full = quoteTable(table);
  const scratch = nameScratch(table);
  await connection.query(`LOCK TABLE ONLY ${full} IN ACCESS EXCLUSIVE MODE`);
  const before = plan.dropRows === undefined ? undefined : await countRows(connection, full);
  await connection.query(`CREATE UNLOGGED TABLE ${scratch} AS ${formatSelect(plan, context)}`);
  const touched = await countTouched(connection, plan, scratch);
  if (touched.rows === 0) {
    await connection.query(`DROP TABLE ${scratch}`);
    return { ...touched, droppedRows: (await emptyTable(connection, plan)).droppedRows };
  }
  const names = plan.columns.map(({ column }) => quoteName(column.name)).join(', ');
  const restore = await quietTable(connection, table);
  await connection.query(`TRUNCATE ONLY ${full}`);
  await connection.query(
    `INSERT INTO ${full} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM ${scratch}`,
  );
  for (const statement of restore) await connection.query(statement);
  await connection.query(`DROP TABLE ${scratch}`);
  await connection.query(`ANALYZE ${full}`);
  return { ...touched, droppedRows: (before ?? touched.rows) - touched.rows };
}

async function countRows(connection: SqlConnection, full: string): Promise<number> {
  const { rows } = await connection.query(`SELECT count(*) AS count FROM ONLY ${full}`);
  return Number(rows[0]?.['count'] ?? 0);
}

/** Names can be longer than what fits behind a prefix. */
function nameScratch(table: TableInfo): string {
  return `${SCRATCH}.rows_${createHash('sha256').update(formatTable(table)).digest('hex').slice(0, 16)}`;
}

function formatSelect({ table, columns, dropRows }: TablePlan, context: RewriteContext): string {
  const sources = new PostgresSources(context.seed, context.wordCounts);
  const expressions = formatColumns(columns, sources);
  const list = columns.map(({ column }) => `${expressions.get(column.name)} AS ${quoteName(column.name)}`);
  const shuffled = columns.filter(({ mask }) => mask.kind === 'shuffle').map(({ column }) => column.name);
  const kept = dropRows === undefined ? '' : ` WHERE (${dropRows}) IS NOT TRUE`;
  const rows = `FROM ONLY ${quoteTable(table)} AS t${kept}`;
  const number = shuffled.length === 0 ? '' : ', row_number() OVER (ORDER BY t.ctid) AS db_artifact_n';
  const joins = shuffled.map((name, index) => formatShuffle(name, index, rows, context.seed)).join('');
  // OFFSET 0 keeps each digest computed once: the planner does not merge such a query into the outer one.
  return `SELECT ${list.join(',\n  ')}
    FROM (SELECT t.*${number}${sources.formatDigests()} ${rows} OFFSET 0) AS t${sources.formatJoins()}${joins}`;
}

function formatShuffle(name: string, index: number, rows: string, seed: string): string {
  const order = `sha256(convert_to(${quoteLiteral(`${seed} ${name} `)} || t.ctid::text, 'UTF8'))`;
  return `\nLEFT JOIN (SELECT t.${quoteName(name)} AS v, row_number() OVER (ORDER BY ${order}) AS n ${rows}) AS s${index}
    ON s${index}.n = t.db_artifact_n`;
}

async function countTouched(
  connection: SqlConnection,
  plan: TablePlan,
  scratch: string,
): Promise<TableReport> {
  const masked = plan.columns.filter(({ mask }) => mask.kind !== 'keep');
  const counts = masked
    .map(({ column }, index) => `, count(${quoteName(column.name)}) AS c${index}`)
    .join('');
  const { rows } = await connection.query(`SELECT count(*) AS rows${counts} FROM ${scratch}`);
  const row = rows[0] ?? {};
  const total = Number(row['rows'] ?? 0);
  return {
    table: formatTable(plan.table),
    action: 'rewrite',
    rows: total,
    droppedRows: 0,
    columns: masked.map(({ column, mask }, index) => ({
      column: column.name,
      mask: mask.kind === 'fake' ? `fake ${mask.what}` : mask.kind,
      rows: mask.kind === 'null' ? total : Number(row[`c${index}`] ?? 0),
    })),
  };
}

/**
 * Disables triggers and drops indexes that are quicker built anew; returns what undoes it. Only the owner's rights are
 * used: `session_replication_role` is not for everyone.
 */
async function quietTable(connection: SqlConnection, table: TableInfo): Promise<readonly string[]> {
  const full = quoteTable(table);
  const restore: string[] = [];
  const enable = { origin: 'ENABLE', always: 'ENABLE ALWAYS', replica: 'ENABLE REPLICA' } as const;
  for (const { name, enabled } of table.triggers) {
    await connection.query(`ALTER TABLE ONLY ${full} DISABLE TRIGGER ${quoteName(name)}`);
    restore.push(`ALTER TABLE ONLY ${full} ${enable[enabled]} TRIGGER ${quoteName(name)}`);
  }
  for (const { name, definition } of table.indexes) {
    await connection.query(`DROP INDEX ${quoteName(table.schema)}.${quoteName(name)}`);
    restore.unshift(definition);
  }
  return restore;
}

/**
 * ANALYZE leaves the statistics of an empty table as they were, with original values in them. So a row that holds as
 * little as possible is put in for a moment: statistics of a single row list no values.
 */
async function emptyTable(connection: SqlConnection, { table }: TablePlan): Promise<TableReport> {
  const full = quoteTable(table);
  await connection.query(`LOCK TABLE ONLY ${full} IN ACCESS EXCLUSIVE MODE`);
  const droppedRows = await countRows(connection, full);
  const restore = await quietTable(connection, { ...table, indexes: [] });
  if (droppedRows === 0) await connection.query(`TRUNCATE ONLY ${full}`);
  else await leaveOneRowForStatistics(connection, table, full);
  for (const { name, definition } of table.statistics) {
    await connection.query(`DROP STATISTICS ${name}`);
    await connection.query(definition);
  }
  for (const statement of restore) await connection.query(statement);
  return { table: formatTable(table), action: 'truncate', rows: 0, droppedRows, columns: [] };
}

async function leaveOneRowForStatistics(
  connection: SqlConnection,
  table: TableInfo,
  full: string,
): Promise<void> {
  const scratch = nameScratch(table);
  const columns = table.columns.filter((column) => !column.isGenerated);
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const values = columns.map(({ name, type, isNullable }) => {
    return `${isNullable ? `NULL::${type}` : `t.${quoteName(name)}`} AS ${quoteName(name)}`;
  });
  await connection.query(
    `CREATE UNLOGGED TABLE ${scratch} AS SELECT ${values.join(', ')} FROM ONLY ${full} AS t LIMIT 1`,
  );
  await connection.query(`TRUNCATE ONLY ${full}`);
  await connection.query(`INSERT INTO ${full} (${names}) OVERRIDING SYSTEM VALUE TABLE ${scratch}`);
  await connection.query(`ANALYZE ${full}`);
  await connection.query(`TRUNCATE ONLY ${full}`);
  await connection.query(`DROP TABLE ${scratch}`);
}

export function quoteTable({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}
