// Logs in over TCP, as a consumer would.
import pg from 'pg';
import { MASTER, PASSWORD } from './local-cluster.ts';

export interface LoginOptions {
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

export async function queryAs(options: LoginOptions, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: options.port,
    user: options.user ?? MASTER,
    password: options.password ?? PASSWORD,
    database: options.database ?? 'shop',
  });
  client.on('error', () => {}); // the server may be the one to end it
  try {
    await client.connect();
    const result: pg.QueryResult | pg.QueryResult[] = await client.query(text);
    return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
  } finally {
    await client.end().catch(() => {});
  }
}
