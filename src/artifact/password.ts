// Rules of master passwords, and making one. Never puts a password into an error.
import { FactoryError } from '../errors.ts';
import type { DiscoveredSource } from './artifact.ts';

const SHORTEST = 8;
/** Aurora PostgreSQL documents 99, but the API's own text and the console say 41 for both engines. */
const LONGEST = 41;
const LENGTH = 32;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RDS would say the same only after the cluster was made. */
export function checkMasterPassword(password: string, engine: DiscoveredSource['engine']): void {
  const problems: string[] = [];
  if (password.length < SHORTEST || password.length > LONGEST) {
    problems.push(`it must have ${SHORTEST} to ${LONGEST} characters, it has ${password.length}`);
  }
  if (!/^[\x20-\x7e]*$/.test(password)) problems.push('it must be printable ASCII');
  if (/[/"@' ]/.test(password))
    problems.push('it must not hold a slash, a quote, a double quote, @ or a blank');
  if (problems.length === 0) return;
  throw new FactoryError('BAD_INVOCATION', `the password cannot be a master password of ${engine}`, {
    problems,
    hint: 'Leave the password out: a strong one is made.',
  });
}

/** 192 random bits; safe in URLs, shells and connection strings. `randomBytes` is that of node:crypto. */
export function makePassword(randomBytes: (size: number) => Uint8Array): string {
  return Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
