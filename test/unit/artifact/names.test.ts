import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findCidr } from '../../../src/artifact/cidr.ts';
import { checkCopyName } from '../../../src/artifact/copy-name.ts';
import { checkMasterPassword, makePassword } from '../../../src/artifact/password.ts';
import { findClosest } from '../../../src/artifact/suggest.ts';

describe('names of copies', () => {
  it('are kept in lower case', () => expect(checkCopyName('Shop-Alice')).toBe('shop-alice'));
  it.each(['', '1shop', 'shop-', 'shop--x', 'shop_x', `s${'x'.repeat(60)}`])('"%s" is none', (name) => {
    expect(() => checkCopyName(name)).toThrow(/not a possible name/);
  });
});

describe('master passwords', () => {
  it('that are made are accepted and differ', () => {
    const password = makePassword(randomBytes);
    checkMasterPassword(password, 'aurora-mysql');
    expect(makePassword(randomBytes)).not.toBe(password);
  });

  it.each(['short', 'x'.repeat(42), 'pass/word', 'pass@word', 'pass word', 'pässword'])(
    'like "%s" are refused without being shown',
    (password) => {
      expect(() => checkMasterPassword(password, 'aurora-postgresql')).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(password) }),
      );
    },
  );
});

describe('blocks of addresses', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3/32'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::1', '::1/128'],
    ['2001:db8:1:2::ffff/64', '2001:db8:1:2::/64'],
    ['::ffff:1.2.3.4/128', '::ffff:102:304/128'],
    ['10.1.2.3/33', undefined],
    ['10.1.2/8', undefined],
    ['moo', undefined],
    ['10.0.0.0/8/8', undefined],
  ])('%s is %s', (text, block) => expect(findCidr(text)).toBe(block));
});

it('suggests the closest word, or none', () => {
  expect(findClosest('instance_typ', ['subnet_ids', 'instance_type'])).toBe('instance_type');
  expect(findClosest('cow', ['subnet_ids', 'instance_type'])).toBeUndefined();
});
