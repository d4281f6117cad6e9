// Masking on MySQL and MariaDB: one UPDATE for each table, in a transaction with its record. Triggers cannot be
// switched off, so they are dropped and made again; foreign keys stay, unchecked meanwhile and checked by query after.
import { FactoryError, wrapError } from '../../errors.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import { formatAssignments, formatShuffleJoin } from './mysql-columns.ts';
import { quoteMysqlName } from './mysql-dialect.ts';
import type { TableReport } from './report.ts';
import type { TablePlan } from './resolve-policy.ts';
import { type ForeignKey, formatTable, isSameTable, type TableInfo } from './schema.ts';
import type { MaskingServer, MaskingSession } from './server.ts';

export const mysqlMasking: MaskingServer = {
  settings: [
    'SET NAMES utf8mb4',
    'SET SESSION foreign_key_checks = 0',
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'",
    'SET SESSION group_concat_max_len = 1048576',
  ],

  async begin(session, begun) {
    const { connection, records, step } = session;
    if (begun !== undefined) await records.add(connection, step, 'begun', begun);
    const known = await records.list(connection, step);
    for (const { table, action } of session.plans) {
      for (const { name, definition } of action === 'keep' ? [] : table.triggers) {
        const item = `trigger:${table.schema}.${name}`;
        if (!known.has(item))
          await records.add(connection, step, item, JSON.stringify([table.schema, definition]));
        await connection.query(`DROP TRIGGER IF EXISTS ${quoteMysqlTable({ schema: table.schema, name })}`);
      }
    }
  },

  async maskTable(session, connection, plan, record) {
    await connection.query('START TRANSACTION');
    try {
      const report = await updateTable(session, connection, plan);
      await record(connection, report);
      await connection.query('COMMIT');
      await connection.query(`ANALYZE TABLE ${quoteMysqlTable(plan.table)}`);
      return report;
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => {}); // the connection may be what failed
      throw wrapError(`masking ${formatTable(plan.table)}`, error);
    }
  },

  async restore(session) {
    const { connection, records, step } = session;
    for (const key of session.schema.foreignKeys) await checkKey(session, key);
    for (const [item, detail] of await records.list(connection, step)) {
      if (!item.startsWith('trigger:')) continue;
      const [schema, definition] = JSON.parse(detail) as [string, string];
      const name = item.slice(`trigger:${schema}.`.length);
      await connection.query(`DROP TRIGGER IF EXISTS ${quoteMysqlTable({ schema, name })}`);
      await connection.query(`USE ${quoteMysqlName(schema)}`);
      await connection.query(definition);
    }
    await connection.query(`USE ${quoteMysqlName(session.schema.defaultSchema)}`);
  },

  async removeOldRows({ connection, schema }) {
    for (const table of schema.tables) await connection.query(`ANALYZE TABLE ${quoteMysqlTable(table)}`);
  },

  async finish() {},
};

async function updateTable(
  session: MaskingSession,
  connection: SqlConnection,
  plan: TablePlan,
): Promise<TableReport> {
  const { table } = plan;
  const full = quoteMysqlTable(table);
  const masked = plan.columns.filter(({ mask }) => mask.kind !== 'keep');
  const removal =
    plan.action === 'truncate'
      ? `DELETE FROM ${full}`
      : `DELETE FROM ${full} WHERE (${plan.dropRows}) IS TRUE`;
  const hasRemoval = plan.action === 'truncate' || plan.dropRows !== undefined;
  const droppedRows = hasRemoval ? (await connection.query(removal)).rowCount : 0;
  const base = { table: formatTable(table), droppedRows };
  if (plan.action === 'truncate') return { ...base, action: 'truncate', rows: 0, columns: [] };
  const counts = masked
    .map(({ column }, index) => `, COUNT(${quoteMysqlName(column.name)}) AS c${index}`)
    .join('');
  const { rows } = await connection.query(`SELECT COUNT(*) AS total${counts} FROM ${full}`);
  if (masked.length > 0) {
    const join = formatShuffleJoin(plan, full, session.seed);
    await connection.query(
      `UPDATE ${full} AS t${join} SET ${formatAssignments(masked, session).join(',\n')}`,
    );
  }
  const columns = masked.map(({ column, mask }, index) => ({
    column: column.name,
    mask: mask.kind === 'fake' ? `fake ${mask.what}` : mask.kind,
    rows: Number(rows[0]?.[`c${index}`] ?? 0),
  }));
  return { ...base, action: 'rewrite', rows: Number(rows[0]?.['total'] ?? 0), columns };
}

async function checkKey({ connection, plans }: MaskingSession, key: ForeignKey): Promise<void> {
  const lost = plans.find(({ table }) => isSameTable(table, key.to));
  const pairs = key.fromColumns
    .map((name, index) => `p.${quoteMysqlName(key.toColumns[index] ?? name)} = c.${quoteMysqlName(name)}`)
    .join(' AND ');
  const given = key.fromColumns.map((name) => `c.${quoteMysqlName(name)} IS NOT NULL`).join(' AND ');
  const from = `${quoteMysqlTable(key.from)} AS c LEFT JOIN ${quoteMysqlTable(key.to)} AS p ON ${pairs}`;
  const orphan = `${given} AND p.${quoteMysqlName(key.toColumns[0] ?? '')} IS NULL`;
  if (lost?.action === 'truncate' || lost?.dropRows !== undefined) {
    if (key.onDelete === 'cascade') await connection.query(`DELETE c FROM ${from} WHERE ${orphan}`);
    const nulls = key.fromColumns.map((name) => `c.${quoteMysqlName(name)} = NULL`).join(', ');
    if (key.onDelete === 'set null') await connection.query(`UPDATE ${from} SET ${nulls} WHERE ${orphan}`);
  }
  const { rows } = await connection.query(`SELECT 1 FROM ${from} WHERE ${orphan} LIMIT 1`);
  if (rows.length === 0) return;
  throw new FactoryError(
    'DATABASE_FAILED',
    `foreign key ${key.name} of ${formatTable(key.from)} does not hold after masking`,
    {
      hint: `Rows of ${formatTable(key.to)} that it refers to are gone; drop the rows that refer to them as well.`,
    },
  );
}

function quoteMysqlTable({ schema, name }: Pick<TableInfo, 'schema' | 'name'>): string {
  return `${quoteMysqlName(schema)}.${quoteMysqlName(name)}`;
}
