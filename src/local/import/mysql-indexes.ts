// Indexes of large tables are built when all rows are there: sorted at once they cost a third of what they cost row by row.

import { FactoryError } from '../../errors.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import { SqlError } from '../../sql/errors.ts';
import { makeLimit } from '../reconcile/turns.ts';
import type { LoadingServer } from './loading.ts';
import type { MysqlTable } from './mysql-facts.ts';
import { quoteMysqlName } from './quote.ts';

export interface IndexesToBuild {
  /** Database and table, in quotes. */
  readonly table: string;
  /** As in CREATE TABLE. */
  readonly definitions: readonly string[];
}

/** Two statements for each smaller table would cost more than they spare. */
const LARGE_BYTES = 8 * 2 ** 20;

/** A foreign key or AUTO_INCREMENT needs the index all the time. https://mariadb.com/kb/en/mariadb-error-code-reference/ */
const NEEDED_ERRORS: readonly number[] = [1553, 1075];

/** While the tables are empty, which takes no time. Those that make keys unique stay: they say what is wrong early. */
export async function setIndexesAside(
  server: LoadingServer,
  tables: readonly MysqlTable[],
): Promise<readonly IndexesToBuild[]> {
  const large = tables.filter(({ engine, bytes }) => engine === 'InnoDB' && bytes >= LARGE_BYTES);
  return await server.withSql('', async (sql) => {
    const aside: IndexesToBuild[] = [];
    for (const { schema, name } of large) {
      const table = `${quoteMysqlName(schema)}.${quoteMysqlName(name)}`;
      const { rows } = await sql.query(`SHOW CREATE TABLE ${table}`);
      const definitions = findIndexes(String(rows[0]?.['Create Table']));
      if (definitions.length > 0 && (await dropIndexes(sql, table, definitions)))
        aside.push({ table, definitions });
    }
    return aside;
  });
}

/** The plain ones of InnoDB, in their order. */
export function findIndexes(createTable: string): readonly string[] {
  return [...createTable.matchAll(/^ {2}(KEY `.*?),?$/gm)].map(([, definition = '']) => definition);
}

export async function buildIndexes(
  server: LoadingServer,
  aside: readonly IndexesToBuild[],
  { jobs, report }: { readonly jobs: number; readonly report: (detail: string) => void },
): Promise<void> {
  const limit = makeLimit(jobs);
  let built = 0;
  const build = async ({ table, definitions }: IndexesToBuild) => {
    const changes = definitions.map((definition) => `ADD ${definition}`).join(', ');
    await server.withSql('', async (sql) => await sql.query(`ALTER TABLE ${table} ${changes}`));
    report(`of ${++built} of ${aside.length} tables`);
  };
  await Promise.all(aside.map(async (indexes) => await limit(async () => await build(indexes))));
}

async function dropIndexes(
  sql: SqlConnection,
  table: string,
  definitions: readonly string[],
): Promise<boolean> {
  const names = definitions.map((definition) => /`(?:[^`]|``)+`/.exec(definition)?.[0] ?? '');
  try {
    await sql.query(`ALTER TABLE ${table} ${names.map((name) => `DROP KEY ${name}`).join(', ')}`);
    return true;
  } catch (error) {
    const cause = error instanceof FactoryError ? error.cause : undefined;
    if (cause instanceof SqlError && NEEDED_ERRORS.includes(cause.number)) return false;
    throw error;
  }
}
