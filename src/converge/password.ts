// Master passwords: what RDS takes, and random ones.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html#RDS_Limits.Constraints
import { FactoryError } from '../errors.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
const LENGTH = 32;
const SHORTEST = 8;
const LONGEST = { 'aurora-postgresql': 99, 'aurora-mysql': 41 };

/** 192 bits, of characters that need quoting nowhere. */
export function generatePassword(randomBytes: (count: number) => Uint8Array): string {
  return Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

export function checkPassword(password: string, engine: keyof typeof LONGEST): void {
  const longest = LONGEST[engine];
  const problem =
    password.length < SHORTEST || password.length > longest
      ? `it must have ${SHORTEST} to ${longest} characters`
      : /^[!-~]+$/.test(password) && !/[/"@']/.test(password)
        ? undefined
        : 'it may hold printable ASCII characters, but no blank and none of / " @ \'';
  if (problem !== undefined)
    throw new FactoryError('BAD_INVOCATION', `RDS does not take the password: ${problem}`);
}
