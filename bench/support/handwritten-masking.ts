// The script that someone would write by hand for the shop of test/support/shop.ts: the same fakes in kind, updates in
// place, foreign keys and triggers off meanwhile, VACUUM FULL so that no old row stays.
import type { SqlConnection } from '../../src/sql/connect.ts';

const HASH = (column: string): string => `abs(hashtextextended(${column}, 42))`;
const EMAIL = (column: string): string =>
  `'user.' || substr(md5('seed' || ${column}), 1, 12) || '@example.com'`;

const SCRIPT = `
  CREATE TABLE fake_first AS SELECT i, 'First' || i AS word FROM generate_series(0, 2999) AS i;
  CREATE TABLE fake_last AS SELECT i, 'Last' || i AS word FROM generate_series(0, 999) AS i;
  CREATE TABLE fake_city AS SELECT i, 'City' || i AS word FROM generate_series(0, 999) AS i;
  ANALYZE fake_first; ANALYZE fake_last; ANALYZE fake_city;
  ALTER TABLE accounts DROP CONSTRAINT accounts_email_fkey;
  ALTER TABLE customers DISABLE TRIGGER USER;
  UPDATE customers c SET
    email = ${EMAIL('c.email')}, first_name = f.word, last_name = l.word,
    phone = '+999' || lpad((${HASH('c.phone')} % 1000000000000000)::text, 15, '0'),
    birth_date = date '1940-01-01' + (${HASH('c.birth_date::text')} % 23000)::int,
    search = to_tsvector('simple', f.word || ' ' || l.word),
    settings = jsonb_set(settings, '{contact,email}', to_jsonb(${EMAIL(`(settings #>> '{contact,email}')`)}))
  FROM fake_first f, fake_last l WHERE f.i = ${HASH('c.first_name')} % 3000 AND l.i = ${HASH('c.last_name')} % 1000;
  UPDATE accounts SET email = ${EMAIL('email')}, password_hash = md5('seed' || password_hash);
  UPDATE addresses a SET street = l.word || ' Street', city = c.word, postcode = lpad((${HASH('postcode')} % 100000)::text, 5, '0')
  FROM fake_last l, fake_city c WHERE l.i = ${HASH('a.street')} % 1000 AND c.i = ${HASH('a.city')} % 1000;
  UPDATE orders o SET ship_to = f.word || ' ' || l.word, total = s.total
  FROM fake_first f, fake_last l,
    (SELECT a.id, b.total FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders) a
       JOIN (SELECT total, row_number() OVER (ORDER BY random()) AS n FROM orders) b USING (n)) s
  WHERE f.i = ${HASH('o.ship_to')} % 3000 AND l.i = ${HASH("o.ship_to || 'x'")} % 1000 AND s.id = o.id;
  UPDATE tickets SET body = NULL;
  UPDATE newsletter SET email = ${EMAIL('email')};
  DELETE FROM sessions WHERE expired;
  UPDATE sessions SET agent = 'none';
  TRUNCATE audit_log;
  ALTER TABLE customers ENABLE TRIGGER USER;
  ALTER TABLE accounts ADD CONSTRAINT accounts_email_fkey FOREIGN KEY (email) REFERENCES customers (email) ON UPDATE CASCADE;
  DROP TABLE fake_first, fake_last, fake_city;`;

const TABLES = [
  'customers',
  'accounts',
  'addresses',
  'orders_2024',
  'orders_2025',
  'tickets',
  'newsletter',
  'sessions',
];

export async function maskByHand(connection: SqlConnection): Promise<void> {
  await connection.query("SET maintenance_work_mem = '256MB'; SET work_mem = '64MB'");
  await connection.query(SCRIPT);
  for (const table of TABLES) await connection.query(`VACUUM (FULL, ANALYZE) ${table}`);
  await connection.query('REFRESH MATERIALIZED VIEW customers_by_city');
}
