// Clients that write to a MariaDB server all the time, in a way that shows whether a copy is of one instant.
import { createConnection } from 'mysql2/promise';
import { MASTER, PASSWORD, waitUntil } from './local-cluster.ts';

export const TABLES = [
  'CREATE TABLE debits (id int AUTO_INCREMENT PRIMARY KEY, amount int NOT NULL)',
  'CREATE TABLE credits (id int AUTO_INCREMENT PRIMARY KEY, amount int NOT NULL)',
  'CREATE TABLE notes (id int PRIMARY KEY) ENGINE = MyISAM',
  'INSERT INTO notes VALUES (0)',
];

/** Debits and credits are equal in every committed state. */
export const SUMS = `SELECT (SELECT SUM(amount) FROM debits) AS debits, (SELECT SUM(amount) FROM credits) AS credits,
  (SELECT COUNT(*) FROM debits) AS transactions`;

/** Clients that write the same amount into two tables in one transaction, and a note without one. */
export function startMysqlWriters(port: number, count: number) {
  let isStopped = false;
  let written = 0;
  const work = Array.from({ length: count }, async (_, at) => {
    const client = await createConnection({
      host: '127.0.0.1',
      port,
      user: MASTER,
      password: PASSWORD,
      database: 'shop',
    });
    while (!isStopped) {
      const amount = 1 + Math.floor(Math.random() * 1000);
      await client.query('BEGIN');
      await client.query(`INSERT INTO debits (amount) VALUES (${amount})`);
      await client.query(`INSERT INTO credits (amount) VALUES (${amount})`);
      await client.query('COMMIT');
      written++;
      if (at === 0) await client.query(`INSERT INTO notes VALUES (${written})`);
    }
    await client.end();
  });
  const stop = async () => {
    isStopped = true;
    await Promise.all(work);
    return written;
  };
  return {
    stop,
    async waitForMore(more: number) {
      const wanted = written + more;
      await waitUntil(`${wanted} transactions`, undefined, () => (written >= wanted ? true : undefined));
    },
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
