import { expect, test, vi } from 'vitest';
import { makeReadings } from '../../../../src/local/figures/readings.ts';

test('a reading is taken once, however many ask for it at the same time', async () => {
  const read = vi.fn(async (key: string) => key.length);
  const readings = makeReadings(read);
  expect(await Promise.all(['one', 'one', 'three'].map(readings.get))).toEqual([3, 3, 5]);
  expect(read).toHaveBeenCalledTimes(2);
});

test('who does not wait gets the last reading, and has one taken for the next time', async () => {
  const readings = makeReadings(async () => 7);
  expect(readings.peek('key')).toBeUndefined();
  await readings.get('key');
  expect(readings.peek('key')).toBe(7);
});

test('what cannot be read is undefined, and what nobody wants any more is forgotten', async () => {
  const read = vi.fn(async () => await Promise.reject(new Error('gone')));
  const readings = makeReadings<string, number>(read);
  expect(await readings.get('key')).toBeUndefined();
  readings.keepOnly(['other']);
  await readings.get('key');
  expect(read).toHaveBeenCalledTimes(2);
});
