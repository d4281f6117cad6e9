import { describe, expect, test } from 'vitest';
import { findNearestVersion } from '../../../src/converge/engine-version.ts';

describe('the engine version of a fresh cluster', () => {
  test.each([
    ['15.4', ['14.9', '15.4', '15.10'], '15.4', 'is the same one where that is offered'],
    ['15.4', ['15.3', '15.10', '15.5', '16.1'], '15.5', 'is the next newer one of its major version'],
    ['15.12', ['15.3', '15.10', '16.1'], '15.10', 'is the newest older one where there is none newer'],
    ['13.9', ['14.9', '15.4'], undefined, 'is never of another major version'],
    ['15.4', [], undefined, 'cannot be found where nothing is offered'],
    [
      '8.0.mysql_aurora.3.05.2',
      [
        '5.7.mysql_aurora.2.12.5',
        '8.0.mysql_aurora.3.04.4',
        '8.0.mysql_aurora.3.08.0',
        '8.0.mysql_aurora.3.10.0',
      ],
      '8.0.mysql_aurora.3.08.0',
      'compares Aurora MySQL by its own part, number by number',
    ],
    [
      '5.7.mysql_aurora.2.11.1',
      ['8.0.mysql_aurora.3.08.0', '8.4.mysql_aurora.8.4.5'],
      undefined,
      'does not take MySQL 8 for MySQL 5.7',
    ],
  ])('%s of %j: %s: %s', (version, offered, nearest, _rule) => {
    expect(findNearestVersion(version, offered)).toBe(nearest);
  });
});
