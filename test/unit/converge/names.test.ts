import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCopyName } from '../../../src/artifact/copy-name.ts';
import { getInstanceId, getOwner, makeDefaultName, toTagValue } from '../../../src/converge/names.ts';

describe('names of copies', () => {
  test('the default name is the source and the owner', () => {
    expect(makeDefaultName('shop', 'alice')).toBe('shop-alice');
    expect(makeDefaultName('Shop', 'Alice.Smith@example.com')).toBe('shop-alice-smith-example-com');
  });

  test('every default name is a name that RDS takes, also with the number of an instance', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z](-?[a-z0-9]){0,40}$/), fc.string(), (source, owner) => {
        const name = makeDefaultName(source, owner);
        expect(checkCopyName(name)).toBe(name);
        expect(getInstanceId(name, 15).length).toBeLessThanOrEqual(63);
      }),
    );
  });

  test('long names of two owners differ though their beginnings are the same', () => {
    const owner = 'a'.repeat(70);
    expect(makeDefaultName('shop', `${owner}1`)).not.toBe(makeDefaultName('shop', `${owner}2`));
  });

  test.each([
    ['arn:aws:iam::123456789012:user/alice', 'alice'],
    ['arn:aws:sts::123456789012:assumed-role/Developer/alice@example.com', 'alice@example.com'],
    ['arn:aws:iam::123456789012:root', 'root'],
    ['arn:aws:iam::123456789012:user/team/al,ice', 'al-ice'],
  ])('the owner of %s is %s', (arn, owner) => {
    expect(getOwner(arn)).toBe(owner);
  });

  test('a tag value holds only what RDS takes', () => {
    expect(toTagValue('a*b?c"d')).toBe('a-b-c-d');
    expect(toTagValue('x'.repeat(300))).toHaveLength(256);
  });
});
