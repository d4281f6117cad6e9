// Foreign keys around a rewrite: dropped before, and made and checked again after, by the server itself.
import { FactoryError, wrapError } from '../../errors.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import { runParallel } from './parallel.ts';
import { quoteName } from './postgres-dialect.ts';
import { quoteTable } from './postgres-rewrite.ts';
import type { TablePlan } from './resolve-policy.ts';
import { type ForeignKey, formatTable, isSameTable } from './schema.ts';
import type { MaskingSession } from './server.ts';

/** Within the caller's transaction. */
export async function dropForeignKeys({ connection, schema, plans }: MaskingSession): Promise<void> {
  for (const key of schema.foreignKeys.filter((one) => isTouched(one, plans))) {
    await connection.query(`ALTER TABLE ${quoteTable(key.from)} DROP CONSTRAINT ${quoteName(key.name)}`);
  }
}

export async function restoreForeignKeys(session: MaskingSession): Promise<void> {
  const { connection, schema, plans, records, step } = session;
  const keys = schema.foreignKeys.filter((key) => isTouched(key, plans));
  const done = await records.list(connection, step);
  for (const key of keys) {
    const item = `key:${formatTable(key.from)}.${key.name}`;
    if (!done.has(item)) await addKey(session, key, item);
  }
  await runParallel(keys.filter(isCheckedLater(session)), 4, session.connect, async (on, key) => {
    await tryKey(key, on, `ALTER TABLE ${quoteTable(key.from)} VALIDATE CONSTRAINT ${quoteName(key.name)}`);
  });
}

function isTouched(key: ForeignKey, plans: readonly TablePlan[]): boolean {
  return plans.some(({ table, action }) => {
    const ends = [table, ...(table.partitionOf === undefined ? [] : [table.partitionOf])];
    return action !== 'keep' && ends.some((end) => isSameTable(end, key.from) || isSameTable(end, key.to));
  });
}

async function addKey(session: MaskingSession, key: ForeignKey, item: string): Promise<void> {
  const { connection, records, step } = session;
  const later = isCheckedLater(session)(key) ? ' NOT VALID' : '';
  await connection.query('BEGIN');
  try {
    if (losesRows(session.plans, key)) await followLostRows(connection, key);
    const add = `ALTER TABLE ${quoteTable(key.from)} ADD CONSTRAINT ${quoteName(key.name)} ${key.definition}${later}`;
    await tryKey(key, connection, add);
    await records.add(connection, step, item, '');
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {}); // the connection may be what failed
    throw error;
  }
}

/** Added first and checked in parallel later, except where PostgreSQL cannot (partitioned) or never did (NOT VALID). */
function isCheckedLater({ schema }: MaskingSession): (key: ForeignKey) => boolean {
  return (key) => {
    const table = schema.tables.find((one) => isSameTable(one, key.from));
    return table?.kind !== 'partitioned' && !key.definition.endsWith('NOT VALID');
  };
}

function losesRows(plans: readonly TablePlan[], key: ForeignKey): boolean {
  return plans.some(
    ({ table, action, dropRows }) =>
      (isSameTable(table, key.to) ||
        (table.partitionOf !== undefined && isSameTable(table.partitionOf, key.to))) &&
      (action === 'truncate' || dropRows !== undefined),
  );
}

/** Does for rows that the policy dropped what the key's ON DELETE would have done. */
async function followLostRows(connection: SqlConnection, key: ForeignKey): Promise<void> {
  if (key.onDelete === 'other') return;
  const pairs = key.fromColumns.map(
    (name, index) => `p.${quoteName(key.toColumns[index] ?? name)} = c.${quoteName(name)}`,
  );
  const given = key.fromColumns.map((name) => `c.${quoteName(name)} IS NOT NULL`).join(' AND ');
  const orphan = `${given} AND NOT EXISTS (SELECT FROM ${quoteTable(key.to)} AS p WHERE ${pairs.join(' AND ')})`;
  const nulls = key.fromColumns.map((name) => `${quoteName(name)} = NULL`).join(', ');
  const child = `${quoteTable(key.from)} AS c`;
  await connection.query(
    key.onDelete === 'cascade'
      ? `DELETE FROM ${child} WHERE ${orphan}`
      : `UPDATE ${child} SET ${nulls} WHERE ${orphan}`,
  );
}

async function tryKey(key: ForeignKey, connection: SqlConnection, statement: string): Promise<void> {
  try {
    await connection.query(statement);
  } catch (error) {
    const wrapped = wrapError(`making foreign key ${key.name} of ${formatTable(key.from)} again`, error);
    throw new FactoryError(wrapped.code, wrapped.message, {
      hint: `Rows of ${formatTable(key.to)} that it refers to are gone; drop the rows that refer to them as well.`,
      cause: error,
    });
  }
}
