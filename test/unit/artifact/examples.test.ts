import { describe, expect, test } from 'vitest';
import { readSpec } from '../../../src/artifact/read-spec.ts';
import { listExamples } from '../../support/examples.ts';

describe('every INI file that is shown', () => {
  const examples = listExamples();

  test('is found', () => expect(examples.length).toBeGreaterThanOrEqual(5));

  test.each(examples)('can be built: $place', ({ text, place }) => {
    expect(readSpec(text, place).source.clusterId).toMatch(/^[a-z]/);
  });
});
