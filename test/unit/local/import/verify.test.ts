import { expect, it } from 'vitest';
import { type Counts, compareCounts } from '../../../../src/local/import/verify.ts';

const makeCounts = (rows: number, next: bigint): Counts => ({
  tables: new Map([['orders', rows]]),
  sequences: new Map([['ids', next]]),
});
const expected = (isExact: boolean, after = 4n) => ({
  before: makeCounts(10, 4n),
  sequencesAfter: new Map([['ids', after]]),
  isExact,
});

it('says that all is equal', () => {
  expect(compareCounts(expected(true), makeCounts(10, 4n))).toBe('1 tables and 1 sequences are equal');
});

it('takes a sequence that went on while it was copied', () => {
  expect(compareCounts(expected(true, 9n), makeCounts(10, 6n))).toBe('1 tables and 1 sequences are equal');
});

it('fails where a difference cannot be explained', () => {
  expect(() => compareCounts(expected(true), makeCounts(9, 4n))).toThrow(
    'what arrived differs from the source',
  );
  expect(() => compareCounts(expected(true), makeCounts(10, 2n))).toThrow(
    'what arrived differs from the source',
  );
  expect(() => compareCounts(expected(false), { tables: new Map(), sequences: new Map() })).toThrow();
});

it('says how much was written to, where nothing holds the source still', () => {
  expect(compareCounts(expected(false), makeCounts(12, 4n))).toBe(
    '0 tables and 1 sequences are equal; 1 were written to in the source meanwhile',
  );
});
