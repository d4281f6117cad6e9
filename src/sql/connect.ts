// Opens a database connection with the client library of its family, loaded only then.
// Knows nothing of AWS and of what the connection is for.
import type { ConnectOptions, SqlConnection } from './connection.ts';
import { describeSqlError } from './errors.ts';

export type { ConnectOptions, SqlConnection, SqlFamily, SqlResult, TlsMode } from './connection.ts';

/** Throws NETWORK_FAILED when there is no server to talk to, DATABASE_FAILED when it refuses. */
export async function connectDatabase(options: ConnectOptions): Promise<SqlConnection> {
  if (options.host.startsWith('/')) return await openConnection({ ...options, tls: 'off' });
  if (options.tls !== 'prefer') return await openConnection(options);
  try {
    return await openConnection({ ...options, tls: 'require' });
  } catch (error) {
    if (!isTlsMissing(error)) throw error;
    return await openConnection({ ...options, tls: 'off' });
  }
}

async function openConnection(options: ConnectOptions): Promise<SqlConnection> {
  try {
    if (options.family === 'postgres') return await (await import('./postgres.ts')).openPostgres(options);
    return await (await import('./mysql.ts')).openMysql(options);
  } catch (error) {
    throw describeSqlError(error, options);
  }
}

/** pg has no code for it: https://github.com/brianc/node-postgres/blob/master/packages/pg/lib/connection.js */
function isTlsMissing(error: unknown): boolean {
  return /does not support SSL|does not support secure connection/.test(String(error));
}
