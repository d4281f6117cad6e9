// What the databases hold that the tests import: a little of everything that a dump can get wrong.
import { connectDatabase, type SqlConnection } from '../../src/sql/connect.ts';
import type { SqlServer } from './sql-servers.ts';

const POSTGRES = `
CREATE ROLE app LOGIN PASSWORD 'known-to-many';
CREATE ROLE readers;
GRANT readers TO app;
CREATE SCHEMA sales AUTHORIZATION app;
CREATE EXTENSION pgcrypto;
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
CREATE TABLE public.customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, mood public.mood);
INSERT INTO public.customers (name, mood) SELECT 'c' || i, 'ok' FROM generate_series(1, 1000) i;
CREATE TABLE sales.orders (id serial PRIMARY KEY, customer bigint REFERENCES public.customers, amount numeric);
ALTER TABLE sales.orders OWNER TO app;
INSERT INTO sales.orders (customer, amount) SELECT 1 + i % 1000, i FROM generate_series(1, 5000) i;
CREATE TABLE public.audit_log (id int, what text);
INSERT INTO public.audit_log SELECT i, E'line\\nbreak' FROM generate_series(1, 100) i;
CREATE VIEW public.large_orders AS SELECT * FROM sales.orders WHERE amount > 4990;
CREATE MATERIALIZED VIEW public.totals AS SELECT count(*) AS orders FROM sales.orders;
CREATE TABLE public.parts (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE public.parts_2024 PARTITION OF public.parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO public.parts SELECT i, '2024-02-01' FROM generate_series(1, 10) i;
CREATE SEQUENCE public.tickets;
SELECT setval('public.tickets', 41);
SELECT lo_from_bytea(0, 'a large object');
CREATE FUNCTION public.mark() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.what := ''marked''; RETURN NEW; END';
CREATE TRIGGER mark BEFORE INSERT ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.mark();
GRANT SELECT ON public.customers TO readers;
ALTER DATABASE shop SET search_path = public, sales`;

const MYSQL = `
CREATE TABLE customers (id int AUTO_INCREMENT PRIMARY KEY, name varchar(40) CHARACTER SET utf8mb4, photo blob);
INSERT INTO customers (name, photo) SELECT CONCAT('ü', seq), UNHEX('00FF5C270A') FROM seq_1_to_1000;
CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY, customer int, amount decimal(10, 2),
  FOREIGN KEY (customer) REFERENCES customers (id));
INSERT INTO orders (customer, amount) SELECT 1 + seq % 1000, seq FROM seq_1_to_5000;
CREATE TABLE audit_log (id int, what varchar(20));
INSERT INTO audit_log VALUES (1, 'old');
CREATE DEFINER = 'nobody'@'%' VIEW large_orders AS SELECT * FROM orders WHERE amount > 4990;
CREATE SEQUENCE tickets;
SELECT NEXTVAL(tickets);
CREATE DEFINER = 'nobody'@'%' PROCEDURE total() SELECT COUNT(*) AS orders FROM orders;
CREATE TRIGGER mark BEFORE INSERT ON audit_log FOR EACH ROW SET NEW.what = 'marked';
CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY DO DELETE FROM audit_log;
CREATE DATABASE other;
CREATE TABLE other.things (id int);
INSERT INTO other.things VALUES (1), (2)`;

export async function fillSource({ options }: SqlServer): Promise<void> {
  await using sql = await openSource({ options });
  await sql.query(options.family === 'postgres' ? POSTGRES : MYSQL);
}

export async function openSource({
  options,
}: Pick<SqlServer, 'options'>): Promise<SqlConnection & AsyncDisposable> {
  const sql = await connectDatabase(options);
  return { ...sql, [Symbol.asyncDispose]: () => sql.close() };
}

/** Without a password. */
export function formatSourceUrl(
  { options }: Pick<SqlServer, 'options'>,
  database = options.database,
): string {
  const scheme = options.family === 'postgres' ? 'postgres' : 'mysql';
  return `${scheme}://${options.user}@${options.host}:${options.port}/${database}`;
}
