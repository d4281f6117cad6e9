import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalCidr } from '../../../src/local/cidr.ts';

test('host bits are cleared and IPv6 is shortened', () => {
  expect(canonicalCidr('100.68.0.18/18', 4)).toBe('100.68.0.0/18');
  expect(canonicalCidr('255.255.255.255/32', 4)).toBe('255.255.255.255/32');
  expect(canonicalCidr('203.0.113.7/0', 4)).toBe('0.0.0.0/0');
  expect(canonicalCidr('2001:DB8:0:0:0:0:0:1/64', 6)).toBe('2001:db8::/64');
  expect(canonicalCidr('::1/128', 6)).toBe('::1/128');
  expect(canonicalCidr('::ffff:10.0.0.1/128', 6)).toBe('::ffff:a00:1/128');
  expect(canonicalCidr('fe80::1/0', 6)).toBe('::/0');
});

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '010.0.0.0/8', '::1/128', 'a/8', '10.0.0.0/-1', ''])(
  '%s is no IPv4 block',
  (text) => {
    expect(canonicalCidr(text, 4)).toBeUndefined();
  },
);

test('a canonical block stays as it is', () => {
  const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
  const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }));
  fc.assert(
    fc.property(v4, v6, ([a, n], [b, m]) => {
      const [four, six] = [canonicalCidr(`${a}/${n}`, 4) ?? '', canonicalCidr(`${b}/${m}`, 6) ?? ''];
      expect(canonicalCidr(four, 4)).toBe(four);
      expect(canonicalCidr(six, 6)).toBe(six);
    }),
  );
});
