import { expect, test } from 'vitest';
import { getCreated } from '../../../src/build/created.ts';

test('images are as old as the epoch unless SOURCE_DATE_EPOCH says otherwise', () => {
  expect(getCreated({})).toBe('1970-01-01T00:00:00Z');
  expect(getCreated({ SOURCE_DATE_EPOCH: '1700000000' })).toBe('2023-11-14T22:13:20Z');
});

test.each(['', 'yesterday', '-1', '1.5', '999999999999999'])('SOURCE_DATE_EPOCH="%s" is refused', (text) => {
  expect(() => getCreated({ SOURCE_DATE_EPOCH: text })).toThrow('is not a number of seconds');
});
