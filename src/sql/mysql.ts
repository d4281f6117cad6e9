// MySQL and MariaDB connections by `mysql2`. Loaded only when one is opened.
import { join } from 'node:path';
import { type ConnectionOptions, createConnection, type FieldPacket, type QueryResult } from 'mysql2/promise';
import type { ConnectOptions, SqlConnection, SqlResult } from './connection.ts';
import { describeSqlError } from './errors.ts';
import { readTlsOptions } from './tls.ts';

export async function openMysql(options: ConnectOptions): Promise<SqlConnection> {
  const connection = await createConnection(await makeConfig(options));
  connection.on('error', () => {}); // a server that goes away is reported by the next query
  return {
    async query(text, params) {
      try {
        const [result, fields] = await connection.query(text, params === undefined ? undefined : [...params]);
        return pickLastResult(result, fields);
      } catch (error) {
        throw describeSqlError(error, options);
      }
    },
    async close() {
      await connection.end().catch(() => connection.destroy());
    },
  };
}

async function makeConfig(options: ConnectOptions): Promise<ConnectionOptions> {
  const tls = await readTlsOptions(options);
  return {
    ...(options.host.startsWith('/')
      ? { socketPath: options.host.endsWith('.sock') ? options.host : join(options.host, 'mysqld.sock') }
      : { host: options.host, port: options.port }),
    user: options.user,
    password: options.password,
    ...(options.database === '' ? {} : { database: options.database }),
    ...(tls === undefined ? {} : { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized } }),
    connectTimeout: options.timeoutMs,
    multipleStatements: true,
    supportBigNumbers: true,
  };
}

/** With several statements, results and fields are arrays with one entry per statement. */
function pickLastResult(result: QueryResult, fields: FieldPacket[]): SqlResult {
  const isMany = Array.isArray(fields) && fields.some((entry) => entry === undefined || Array.isArray(entry));
  const last: unknown = isMany && Array.isArray(result) ? result.at(-1) : result;
  if (Array.isArray(last)) return { rows: last as Record<string, unknown>[], rowCount: last.length };
  return { rows: [], rowCount: (last as { affectedRows?: number }).affectedRows ?? 0 };
}
