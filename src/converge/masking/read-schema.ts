// Picks how a family's schema is read.
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';
import { readMysqlSchema } from './read-mysql-schema.ts';
import { readPostgresSchema } from './read-postgres-schema.ts';
import type { DatabaseSchema } from './schema.ts';

/** With `connect`, other databases of a PostgreSQL cluster are looked into as well. */
export async function readSchema(
  connection: SqlConnection,
  family: SqlFamily,
  connect?: (database: string) => Promise<SqlConnection>,
): Promise<DatabaseSchema> {
  if (family === 'mysql') return await readMysqlSchema(connection);
  return await readPostgresSchema(connection, connect);
}
