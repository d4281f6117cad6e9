import { expect, it } from 'vitest';
import { collectList } from '../../../src/commands/options.ts';

it('several platforms stand with commas, or the option is repeated', () => {
  const first = collectList('linux/amd64, linux/arm64', []);
  expect(collectList('linux/s390x', first)).toEqual(['linux/amd64', 'linux/arm64', 'linux/s390x']);
  expect(collectList('')).toEqual([]);
});
