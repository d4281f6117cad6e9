// Masking on PostgreSQL with the rights that a master user of RDS has: owner of tables, no superuser.
import { wrapError } from '../../errors.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import { quoteName, SCRATCH } from './postgres-dialect.ts';
import { dropForeignKeys, restoreForeignKeys } from './postgres-keys.ts';
import { quoteTable, rewriteTable } from './postgres-rewrite.ts';
import type { MaskingServer, MaskingSession } from './server.ts';
import { formatSlug, WORD_LISTS, type WordList, type Words } from './words.ts';

/** With row security off, a policy that would hide rows is an error instead of rows left unmasked. */
const SETTINGS = [
  'SET search_path = pg_catalog, public',
  'SET row_security = off',
  'SET statement_timeout = 0',
  'SET lock_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
  "SET maintenance_work_mem = '256MB'",
  "SET work_mem = '64MB'",
];

export const postgresMasking: MaskingServer = {
  settings: SETTINGS,

  async begin(session, begun) {
    const { connection, records, step } = session;
    await takeOwnership(session);
    await makeWordTables(connection, session.words);
    if (begun === undefined) return;
    await connection.query('BEGIN');
    await dropForeignKeys(session);
    await records.add(connection, step, 'begun', begun);
    await connection.query('COMMIT');
  },

  async maskTable(session, connection, plan, record) {
    return await rewriteTable(connection, plan, {
      seed: session.seed,
      wordCounts: countWords(session.words),
      record,
    });
  },

  restore: restoreForeignKeys,

  async removeOldRows({ connection, schema }) {
    for (const table of schema.tables.filter(({ kind }) => kind === 'table')) {
      await connection.query(`VACUUM (FULL, ANALYZE) ${quoteTable(table)}`);
    }
  },

  async finish(session) {
    const { connection, schema, policy } = session;
    await connection.query(`DROP SCHEMA IF EXISTS ${SCRATCH} CASCADE`);
    for (const view of schema.materializedViews) {
      await connection.query(`REFRESH MATERIALIZED VIEW ${quoteTable(view)}`);
      await connection.query(`ANALYZE ${quoteTable(view)}`);
    }
    await analyzeParents(connection);
    if (policy?.largeObjects === 'unlink') await removeLargeObjects(connection);
    for (const name of schema.otherDatabases) {
      if (policy?.otherDatabases[name] === 'drop')
        await connection.query(`DROP DATABASE IF EXISTS ${quoteName(name)}`);
    }
    await giveOwnershipBack(session);
  },
};

function countWords(words: Words): Readonly<Record<WordList, number>> {
  return Object.fromEntries(WORD_LISTS.map((list) => [list, words[list].length])) as Record<WordList, number>;
}

/** Ordinary tables rather than temporary ones: several connections read them, and in parallel plans. */
async function makeWordTables(connection: SqlConnection, words: Words): Promise<void> {
  await connection.query(`DROP SCHEMA IF EXISTS ${SCRATCH} CASCADE`);
  await connection.query(`CREATE SCHEMA ${SCRATCH}`);
  for (const list of WORD_LISTS) {
    const name = `${SCRATCH}.words_${list}`;
    await connection.query(
      `CREATE TABLE ${name} (i int PRIMARY KEY, word text NOT NULL, slug text NOT NULL)`,
    );
    await connection.query(
      `INSERT INTO ${name} SELECT place - 1, word, slug FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(word, slug, place)`,
      [words[list], words[list].map(formatSlug)],
    );
    await connection.query(`ANALYZE ${name}`);
  }
}

/** Tables of roles that the master is no member of: it makes itself one, and ends that when done. */
async function takeOwnership({ connection, plans, records, step }: MaskingSession): Promise<void> {
  const { rows } = await connection.query(
    `SELECT rolname FROM pg_roles WHERE quote_ident(rolname) = ANY($1) AND NOT pg_has_role(current_user, oid, 'USAGE')`,
    [[...new Set(plans.filter(({ action }) => action !== 'keep').map(({ table }) => table.owner))]],
  );
  const known = await records.list(connection, step);
  for (const role of rows.map((row) => String(row['rolname']))) {
    try {
      if (!known.has(`role:${role}`)) await records.add(connection, step, `role:${role}`, '');
      await connection.query(`GRANT ${quoteName(role)} TO CURRENT_USER`);
    } catch (error) {
      throw wrapError(`becoming a member of ${role}, which owns tables to be masked`, error);
    }
  }
}

async function giveOwnershipBack({ connection, records, step }: MaskingSession): Promise<void> {
  const items = [...(await records.list(connection, step)).keys()];
  for (const item of items.filter((name) => name.startsWith('role:'))) {
    await connection.query(`REVOKE ${quoteName(item.slice('role:'.length))} FROM CURRENT_USER`);
  }
}

/** Statistics over all partitions or heirs of a table are the table's own. */
async function analyzeParents(connection: SqlConnection): Promise<void> {
  const { rows } =
    await connection.query(`SELECT DISTINCT n.nspname AS schema, c.relname AS name FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')`);
  for (const row of rows) {
    await connection.query(
      `ANALYZE ${quoteTable({ schema: String(row['schema']), name: String(row['name']) })}`,
    );
  }
}

/** In portions: each removal takes a lock until the end of its transaction. */
async function removeLargeObjects(connection: SqlConnection): Promise<void> {
  for (let removed = 1; removed > 0; ) {
    const { rowCount } = await connection.query(
      'SELECT lo_unlink(oid) FROM (SELECT oid FROM pg_largeobject_metadata LIMIT 1000) AS objects',
    );
    removed = rowCount;
  }
}
