import { expect, it } from 'vitest';
import { makePostgresFilter, makePostgresScanner } from '../../../../src/local/import/postgres-text.ts';

const TEXT = String.raw`-- PostgreSQL database dump
-- Dumped from database version 15.3 (Debian)
\restrict abc
CREATE DATABASE shop;
\connect shop
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
COMMENT ON EXTENSION postgis IS 'x';
ALTER TABLE public.orders OWNER TO "Odd Owner";
GRANT SELECT ON TABLE public.orders TO readers;
GRANT ALL ON TABLE public.orders TO PUBLIC;
COPY public.orders (id, note) FROM stdin;
1	\connect nowhere
2	GRANT ALL TO nobody;
\.
COPY public."Odd" (id) FROM stdin;
\.
SELECT pg_catalog.setval('public.orders_id_seq', 2, true);
`;
const LINES = TEXT.split(/(?<=\n)/).map((line) => Buffer.from(line));

it('finds what a dump needs and how much it holds, and is not misled by rows', () => {
  const scanner = makePostgresScanner();
  for (const line of LINES) scanner.take(line);
  const { version, extensions, roles, owners, databases, counts } = scanner.found;
  expect(version).toBe('15.3');
  expect([...extensions]).toEqual(['postgis']);
  expect([...roles]).toEqual(['Odd Owner', 'readers']);
  expect([...owners]).toEqual(['Odd Owner']);
  expect([...databases]).toEqual(['shop']);
  expect([...counts.tables]).toEqual([
    ['public.orders', 2],
    ['public."Odd"', 0],
  ]);
  expect([...counts.sequences]).toEqual([['public.orders_id_seq', 5n]]);
});

it('lets nothing through that is for psql or for the server as a whole', () => {
  const filter = makePostgresFilter({
    isSchemaOnly: false,
    isEmptied: () => false,
    skippedExtensions: ['postgis'],
  });
  const text = LINES.flatMap((line) => filter(line)?.toString() ?? []).join('');
  expect(text).not.toMatch(/^\\[a-z]|CREATE DATABASE|EXTENSION/m);
  expect(text).toContain('1\t\\connect nowhere\n');
});

it('leaves rows out, of one table or of all', () => {
  const count = (isSchemaOnly: boolean, emptied: string) => {
    const filter = makePostgresFilter({
      isSchemaOnly,
      isEmptied: (name) => name === emptied,
      skippedExtensions: [],
    });
    const kept = LINES.flatMap((line) => filter(line)?.toString() ?? []).join('');
    return [/nowhere/.test(kept), /"Odd"/.test(kept), /setval/.test(kept)];
  };
  expect(count(false, 'public.orders')).toEqual([false, true, true]);
  expect(count(true, '')).toEqual([false, false, false]);
});
