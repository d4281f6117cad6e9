import { expect, it } from 'vitest';
import type { MysqlTable } from '../../../../src/local/import/mysql-facts.ts';
import { shareOut } from '../../../../src/local/import/mysql-selection.ts';
import { findUnmatched, matchesAny } from '../../../../src/local/import/table-patterns.ts';

it('matches patterns with and without a schema', () => {
  const orders = { schema: 'sales', name: 'orders' };
  expect(['orders', 'sales.*', '*.ord*', 'order?'].map((pattern) => matchesAny([pattern], orders))).toEqual(
    Array(4).fill(true),
  );
  expect(['order', 'public.orders', 'sales', 'o.*'].map((pattern) => matchesAny([pattern], orders))).toEqual(
    Array(4).fill(false),
  );
  expect(findUnmatched(['orders', 'nothing'], [orders])).toEqual(['nothing']);
});

it('shares tables out so that streams end together', () => {
  const make = (name: string, bytes: number): MysqlTable => ({
    ...{ schema: 's', name, kind: 'BASE TABLE', engine: 'InnoDB', bytes },
  });
  const shares = shareOut([make('a', 1), make('b', 50), make('c', 30), make('d', 25)], 2);
  expect(shares.map((share) => share.map(({ name }) => name))).toEqual([
    ['b', 'a'],
    ['c', 'd'],
  ]);
  expect(shareOut([], 4)).toEqual([[]]);
});
