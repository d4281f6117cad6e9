// A MariaDB source of a size, and a login to it, for the rows beside PostgreSQL's.
import { createConnection } from 'mysql2/promise';
import type { ClientConfig } from 'pg';

/** Some 140 bytes each, with the primary key. */
const ROWS_PER_GIGABYTE = 7_000_000;

export async function fillMariadb(source: ClientConfig, gigabytes: number): Promise<void> {
  const rows = Math.round(ROWS_PER_GIGABYTE * gigabytes);
  await queryMariadb(source, 'CREATE TABLE accounts (aid int PRIMARY KEY, balance int, filler varchar(100))');
  await queryMariadb(source, `INSERT INTO accounts SELECT seq, 0, REPEAT('x', 100) FROM seq_1_to_${rows}`);
}

export async function queryMariadb(source: ClientConfig, text: string): Promise<void> {
  const { host = '', port = 0, user = '', database = '' } = source;
  const password = String(source.password);
  const connection = await createConnection({ host, port, user, database, password });
  await connection.query(text);
  await connection.end();
}
