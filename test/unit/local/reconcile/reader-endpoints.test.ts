import { expect, test } from 'vitest';
import { findReaderAddress, makeReaderEndpoints } from '../../../../src/local/reconcile/reader-endpoints.ts';

test('readers have an address of their own where all of 127.0.0.0/8 is this machine', () => {
  expect(findReaderAddress('linux')).toBe('127.0.0.2');
  expect(findReaderAddress('darwin')).toBeUndefined();
});

test('without an address nothing listens', async () => {
  const endpoints = makeReaderEndpoints(() => {}, undefined);
  expect(await endpoints.set('cluster', { port: 5432, targets: [5433] })).toBe(false);
  await endpoints.close();
});
