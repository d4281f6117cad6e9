// Password verifiers as PostgreSQL keeps them, so that the password itself is never sent to a server or written down.
// https://www.postgresql.org/docs/current/catalog-pg-authid.html, RFC 5802
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** scram_iterations' default. */
const ITERATIONS = 4096;

export async function makeScramVerifier(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  const salted = await promisify(pbkdf2)(prepare(password), salt, ITERATIONS, 32, 'sha256');
  const storedKey = createHash('sha256').update(sign(salted, 'Client Key')).digest('base64');
  const serverKey = sign(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

function sign(key: Buffer, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

/** The part of SASLprep (RFC 4013) that ordinary passwords meet: blanks of every kind, and NFKC. */
function prepare(password: string): string {
  return password.replaceAll(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, ' ').normalize('NFKC');
}
