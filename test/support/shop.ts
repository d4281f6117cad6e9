// A shop with customers spread over eight tables, for masking: foreign keys, partitions, a generated column, search
// vectors, a materialised view, and the customers' e-mail addresses once more inside JSON documents.
import type { SqlConnection } from '../../src/sql/connect.ts';

/** Every original e-mail address ends with it, every original last name holds it. */
export const MARK = 'qzx';

export const POSTGRES_SHOP = (customers: number): string => `
  CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email varchar(80) NOT NULL UNIQUE,
    first_name text NOT NULL,
    last_name text NOT NULL,
    full_name text GENERATED ALWAYS AS (first_name || ' ' || last_name) STORED,
    phone varchar(30) UNIQUE,
    birth_date date,
    search tsvector,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX customers_by_name ON customers (lower(last_name));
  CREATE INDEX customers_search ON customers USING gin (search);
  CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no trigger may run: %', TG_OP; END $$;
  INSERT INTO customers (email, first_name, last_name, phone, birth_date, settings)
    SELECT 'person' || i || '@${MARK}.test', 'First' || i % 1000, '${MARK}name' || i, '+1 212 555 ' || lpad(i::text, 7, '0'),
      date '1950-01-01' + i % 20000,
      jsonb_build_object('theme', 'dark', 'contact', jsonb_build_object('email', 'person' || i || '@${MARK}.test'))
    FROM generate_series(1, ${customers}) AS i;
  UPDATE customers SET search = to_tsvector('simple', first_name || ' ' || last_name);
  CREATE TRIGGER customers_change BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION note_change();
  CREATE TABLE accounts (
    email varchar(80) PRIMARY KEY REFERENCES customers (email) ON UPDATE CASCADE,
    password_hash text NOT NULL);
  INSERT INTO accounts SELECT email, md5(email) FROM customers;
  CREATE TABLE addresses (
    id bigserial PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    street text NOT NULL, city text NOT NULL, postcode text NOT NULL);
  INSERT INTO addresses (customer_id, street, city, postcode)
    SELECT id, id || ' ${MARK} Street', '${MARK}ville' || id % 100, '12345' FROM customers;
  CREATE TABLE orders (
    id bigint NOT NULL, customer_id bigint NOT NULL REFERENCES customers, placed_on date NOT NULL,
    ship_to text NOT NULL, total numeric(10, 2) NOT NULL, PRIMARY KEY (id, placed_on)) PARTITION BY RANGE (placed_on);
  CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  INSERT INTO orders SELECT id, id, date '2024-01-01' + (id % 700)::int, full_name, id % 1000 FROM customers;
  CREATE TABLE tickets (
    id bigserial PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE SET NULL,
    body text, rating int NOT NULL);
  INSERT INTO tickets (customer_id, body, rating) SELECT id, 'call ' || full_name, id % 5 FROM customers WHERE id % 3 = 0;
  CREATE TABLE newsletter (email text PRIMARY KEY, source text NOT NULL);
  INSERT INTO newsletter SELECT email, 'web' FROM customers WHERE id % 2 = 0;
  CREATE TABLE sessions (id bigserial PRIMARY KEY, customer_id bigint REFERENCES customers, agent text, expired boolean NOT NULL);
  INSERT INTO sessions (customer_id, agent, expired) SELECT id, '${MARK} agent', id % 2 = 0 FROM customers;
  CREATE TABLE audit_log (id bigserial PRIMARY KEY, entry text NOT NULL);
  INSERT INTO audit_log (entry) SELECT 'login of ' || email FROM customers;
  CREATE MATERIALIZED VIEW customers_by_city AS
    SELECT city, count(*) AS customers, min(email) AS first_email FROM customers JOIN addresses ON customer_id = customers.id GROUP BY city;
  CREATE VIEW mail AS SELECT id, email, full_name FROM customers;
  CREATE STATISTICS customers_names (mcv) ON first_name, last_name FROM customers;
  CREATE STATISTICS audit_entries (mcv) ON id, entry FROM audit_log;
`;

export const POSTGRES_POLICY = `
version: 1
seed: shop
tables:
  customers:
    columns:
      email: fake email
      first_name: fake first_name
      last_name: fake last_name
      phone: fake phone
      birth_date: fake birth_date
      search: { search: { config: simple, columns: [first_name, last_name] } }
      settings: { json: { contact.email: fake email } }
  accounts:
    columns: { email: fake email, password_hash: hash }
  addresses:
    columns: { street: fake street, city: fake city, postcode: fake postcode }
  orders:
    columns: { placed_on: keep, ship_to: fake name, total: shuffle }
  tickets:
    columns: { body: null, rating: keep }
  newsletter:
    columns: { email: fake email, source: keep }
  sessions:
    drop_rows: expired
    columns: { agent: { value: none }, expired: keep }
  audit_log: truncate
columns:
  id: keep
  "*_id": keep
  created_at: keep
`;

export async function readAll(
  connection: SqlConnection,
  query: string,
): Promise<readonly Record<string, unknown>[]> {
  return (await connection.query(query)).rows;
}

/** The same for MySQL, without what only PostgreSQL has. */
export const MYSQL_SHOP = (customers: number): string => `
  CREATE TABLE customers (
    id bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(80) NOT NULL UNIQUE,
    first_name varchar(50) NOT NULL,
    last_name varchar(50) NOT NULL,
    full_name varchar(101) GENERATED ALWAYS AS (concat(first_name, ' ', last_name)) STORED,
    phone varchar(30) UNIQUE,
    birth_date date,
    settings json NOT NULL) CHARACTER SET utf8mb4;
  INSERT INTO customers (email, first_name, last_name, phone, birth_date, settings)
    SELECT concat('Person', i, '@${MARK}.test'), concat('First', i % 1000), concat('${MARK}name', i),
      concat('+1 212 555 ', lpad(i, 7, '0')), date_add('1950-01-01', INTERVAL i % 20000 DAY),
      json_object('theme', 'dark', 'contact', json_object('email', concat('Person', i, '@${MARK}.test')))
    FROM (SELECT seq AS i FROM seq_1_to_${customers}) AS n;
  CREATE TRIGGER customers_change BEFORE UPDATE ON customers FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no trigger may run';
  CREATE TABLE accounts (
    email varchar(80) PRIMARY KEY, password_hash varchar(64) NOT NULL,
    FOREIGN KEY (email) REFERENCES customers (email) ON UPDATE CASCADE) CHARACTER SET utf8mb4;
  INSERT INTO accounts SELECT email, md5(email) FROM customers;
  CREATE TABLE orders (
    id bigint NOT NULL, customer_id bigint NOT NULL, placed_on date NOT NULL, ship_to text NOT NULL,
    total decimal(10, 2) NOT NULL, PRIMARY KEY (id, placed_on), FOREIGN KEY (customer_id) REFERENCES customers (id));
  INSERT INTO orders SELECT id, id, date_add('2024-01-01', INTERVAL id % 700 DAY), full_name, id % 1000 FROM customers;
  CREATE TABLE newsletter (email varchar(80) PRIMARY KEY, source text NOT NULL) CHARACTER SET utf8mb4;
  INSERT INTO newsletter SELECT email, 'web' FROM customers WHERE id % 2 = 0;
  CREATE TABLE sessions (id bigint AUTO_INCREMENT PRIMARY KEY, customer_id bigint, agent text, expired boolean NOT NULL,
    FOREIGN KEY (customer_id) REFERENCES customers (id));
  INSERT INTO sessions (customer_id, agent, expired) SELECT id, '${MARK} agent', id % 2 = 0 FROM customers;
  CREATE TABLE notes (id bigint AUTO_INCREMENT PRIMARY KEY, customer_id bigint, body text);
  INSERT INTO notes (customer_id, body) SELECT id, concat('write to ', email) FROM customers WHERE id % 100 = 0;
  CREATE TABLE audit_log (id bigint AUTO_INCREMENT PRIMARY KEY, entry text NOT NULL);
  INSERT INTO audit_log (entry) SELECT concat('login of ', email) FROM customers;
`;

export const MYSQL_POLICY = `
seed: shop
tables:
  customers:
    columns:
      email: fake email
      first_name: fake first_name
      last_name: fake last_name
      phone: fake phone
      birth_date: fake birth_date
      settings: { json: { contact.email: fake email } }
  accounts: { columns: { email: fake email, password_hash: hash } }
  orders: { columns: { placed_on: keep, ship_to: fake name, total: shuffle } }
  newsletter: { columns: { email: fake email, source: keep } }
  sessions: { drop_rows: expired, columns: { agent: { value: none }, expired: keep } }
  notes: { columns: { body: keep } }
  audit_log: truncate
columns: { id: keep, "*_id": keep }
`;
