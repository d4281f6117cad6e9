import { describe, expect, test } from 'vitest';
import type { Subnet } from '../../../src/aws/types.ts';
import { isPrivate } from '../../../src/converge/client-address.ts';
import { checkOffer, checkZones } from '../../../src/converge/preflight.ts';
import { classifyStatus } from '../../../src/converge/statuses.ts';

const subnet = (AvailabilityZone: string, VpcId = 'vpc-1'): Subnet => ({ AvailabilityZone, VpcId });

describe('subnets', () => {
  test('must lie in two zones of one network', () => {
    expect(() => checkZones([subnet('a'), subnet('a')], [])).toThrow('two or more zones');
    expect(() => checkZones([subnet('a'), subnet('b', 'vpc-2')], [])).toThrow('one VPC');
    expect(checkZones([subnet('a'), subnet('b')], [])).toMatchObject({
      vpcId: 'vpc-1',
      zones: ['a', 'b'],
      warnings: [],
    });
  });

  test('warn when they share less than two zones with the storage of the source', () => {
    const subnets = [subnet('a'), subnet('b')];
    expect(checkZones(subnets, ['b', 'c', 'd']).warnings).toHaveLength(1);
    expect(checkZones(subnets, ['a', 'b', 'c']).warnings).toEqual([]);
  });
});

describe('an instance class', () => {
  const check = (offered: readonly string[] | 'unknown') =>
    checkOffer(offered, ['a', 'b'], 'no db.x1', 'check it');

  test('must be offered in a zone of the subnets', () => {
    expect(check(['b', 'c'])).toEqual([]);
    expect(() => check(['c', 'd'])).toThrow('no db.x1 in a, b, only in c, d');
    expect(() => check([])).toThrow('no db.x1');
  });

  test('is a warning where the endpoint tells nothing', () => {
    expect(check('unknown')).toEqual([expect.stringContaining('could not check it')]);
  });
});

describe('statuses', () => {
  test.each([
    ['available', 'usable'],
    ['backing-up', 'usable'],
    ['cloning-failed', 'final'],
    ['deleting', 'final'],
    ['stopped', 'stopped'],
    ['creating', 'passing'],
    ['something-new', 'passing'],
    [undefined, 'passing'],
  ])('%s is %s', (status, statusClass) => {
    expect(classifyStatus(status)).toBe(statusClass);
  });
});

describe('addresses', () => {
  test.each([
    '10.1.2.3',
    '172.16.0.1',
    '172.31.9.9',
    '192.168.1.1',
    '100.64.0.1',
    '127.0.0.1',
    'fe80::1',
    'fd00::1',
  ])('%s is private', (address) => expect(isPrivate(address)).toBe(true));
  test.each(['203.0.113.7', '172.32.0.1', '100.128.0.1', '2001:db8::1'])('%s is public', (address) =>
    expect(isPrivate(address)).toBe(false),
  );
});
