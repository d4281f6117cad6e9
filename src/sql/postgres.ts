// PostgreSQL connections by `pg`. Loaded only when one is opened.
import pg from 'pg';
import type { ConnectOptions, SqlConnection, SqlResult } from './connection.ts';
import { describeSqlError } from './errors.ts';
import { readTlsOptions } from './tls.ts';

export async function openPostgres(options: ConnectOptions): Promise<SqlConnection> {
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    user: options.user,
    database: options.database || options.user,
    // As a function, or pg would take PGPASSWORD or ~/.pgpass in place of an empty one.
    password: () => options.password,
    ssl: (await readTlsOptions(options)) ?? false,
    connectionTimeoutMillis: options.timeoutMs,
    application_name: 'db-artifact',
  });
  client.on('error', () => {}); // a server that goes away is reported by the next query
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  return {
    async query(text, params) {
      try {
        return pickLastResult(await client.query(text, params === undefined ? undefined : [...params]));
      } catch (error) {
        throw describeSqlError(error, options);
      }
    },
    async close() {
      await client.end().catch(() => {});
    },
  };
}

/** Several statements without parameters give an array of results, which the types do not tell. */
function pickLastResult(result: pg.QueryResult | pg.QueryResult[]): SqlResult {
  const last = Array.isArray(result) ? result.at(-1) : result;
  return { rows: last?.rows ?? [], rowCount: last?.rowCount ?? 0 };
}
