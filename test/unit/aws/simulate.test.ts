import { expect, test } from 'vitest';
import { getPrincipalArn } from '../../../src/aws/simulate.ts';

test('a session stands for its role', () => {
  expect(getPrincipalArn('arn:aws:sts::123456789012:assumed-role/Developer/alice')).toBe(
    'arn:aws:iam::123456789012:role/Developer',
  );
  const user = 'arn:aws:iam::123456789012:user/team/alice';
  expect(getPrincipalArn(user)).toBe(user);
  expect(() => getPrincipalArn('arn:aws:iam::123456789012:root')).toThrow('simulates nothing');
});
