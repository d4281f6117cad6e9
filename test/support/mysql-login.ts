// Logs in to a MySQL or MariaDB server over TCP, as a consumer would.
import { createConnection } from 'mysql2/promise';
import { MASTER, PASSWORD } from './local-cluster.ts';
import type { LoginOptions } from './login.ts';

export interface MysqlLogin extends LoginOptions {
  readonly host?: string | undefined;
  /** Which address of this machine to come from. */
  readonly localAddress?: string;
}

export async function queryMysqlAs(options: MysqlLogin, text: string): Promise<Record<string, unknown>[]> {
  const connection = await createConnection({
    host: options.host ?? '127.0.0.1',
    port: options.port,
    user: options.user ?? MASTER,
    password: options.password ?? PASSWORD,
    database: options.database ?? 'shop',
    ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
  });
  connection.on('error', () => {}); // the server may be the one to end it
  try {
    const [rows] = await connection.query(text);
    return rows as Record<string, unknown>[];
  } finally {
    connection.destroy();
  }
}
