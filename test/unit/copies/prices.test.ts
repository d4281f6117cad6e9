import { expect, test } from 'vitest';
import { describeCopy } from '../../../src/converge/copy.ts';
import type { Copy } from '../../../src/copies/list.ts';
import { addCosts, estimateCost, parsePrices } from '../../../src/copies/prices.ts';

const TABLE = '[prices]\ncurrency = EUR\nacu = 0.12\ndb.r6g.large = 0.26\n';
const prices = parsePrices(TABLE, 'prices.ini');

function makeCopy(classes: readonly string[], changes: Partial<Copy> = {}): Copy {
  const TagList = [{ Key: 'db-artifact:name', Value: 'copy' }];
  const range = { MinCapacity: 0.5, MaxCapacity: 4 };
  const cluster = {
    DBClusterIdentifier: 'copy',
    Status: 'available',
    TagList,
    ServerlessV2ScalingConfiguration: range,
  };
  const copy = describeCopy(
    cluster,
    classes.map((DBInstanceClass) => ({ DBInstanceClass })),
  );
  return { ...(copy as Copy), ...changes };
}

test('a copy costs what its instances cost', () => {
  const two = makeCopy(['db.r6g.large', 'db.r6g.large']);
  expect(estimateCost(two, prices)).toEqual({ least: 0.52, most: 0.52, currency: 'EUR' });
});

test('serverless instances cost between their least and their most capacity', () => {
  expect(estimateCost(makeCopy(['db.serverless']), prices)).toEqual({
    least: 0.06,
    most: 0.48,
    currency: 'EUR',
  });
});

test('a stopped copy costs its storage alone, and a class without a price nobody knows what', () => {
  expect(estimateCost(makeCopy(['db.r6g.large'], { status: 'stopped' }), prices)?.most).toBe(0);
  expect(estimateCost(makeCopy(['db.r6g.large', 'db.x2g.large']), prices)).toBeUndefined();
});

test('costs add up, those that are unknown left out', () => {
  const costs = [
    estimateCost(makeCopy(['db.r6g.large']), prices),
    undefined,
    estimateCost(makeCopy(['db.serverless']), prices),
  ];
  expect(addCosts(costs, 'EUR')).toEqual({ least: 0.32, most: 0.74, currency: 'EUR' });
});

test('every mistake of a table is told, with its line', () => {
  const read = () =>
    parsePrices('[prices]\ncurrency = euro\nr6g.large = 0.26\ndb.r6g.large = cheap\n', 'prices.ini');
  expect(read).toThrow(
    expect.objectContaining({
      code: 'BAD_CONFIGURATION',
      problems: [
        'prices.ini:2: [prices] currency must be a code such as USD, got "euro"',
        'prices.ini:3: [prices] r6g.large must be currency, acu or an instance class',
        'prices.ini:4: [prices] db.r6g.large must be a price such as 0.26, got "cheap"',
      ],
    }),
  );
  expect(() => parsePrices('', 'empty.ini')).toThrow(
    expect.objectContaining({ problems: [expect.stringContaining('[prices]')] }),
  );
});
