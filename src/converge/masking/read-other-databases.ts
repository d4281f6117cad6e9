// A cloned PostgreSQL cluster brings all its databases along, not only the one that a policy is for.
import type { SqlConnection } from '../../sql/connect.ts';

/** Names of the other databases that hold tables of users. RDS's own `rdsadmin` admits nobody. */
export async function readOtherDatabases(
  connection: SqlConnection,
  connect: (database: string) => Promise<SqlConnection>,
): Promise<readonly string[]> {
  const { rows } = await connection.query(`SELECT datname FROM pg_database
    WHERE datallowconn AND datname NOT IN (current_database(), 'rdsadmin', 'template1') ORDER BY datname`);
  const found: string[] = [];
  for (const row of rows) {
    const name = String(row['datname']);
    if (await hasTables(await connect(name))) found.push(name);
  }
  return found;
}

async function hasTables(connection: SqlConnection): Promise<boolean> {
  try {
    const { rows } =
      await connection.query(`SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_' LIMIT 1`);
    return rows.length > 0;
  } finally {
    await connection.close();
  }
}
