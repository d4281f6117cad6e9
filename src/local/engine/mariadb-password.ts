// Password hashes as MariaDB keeps them, so that the password itself is never sent to a server or written down.
// mysql_native_password, as on Aurora MySQL: MariaDB's ed25519 is stronger, but mysql2 and MySQL's own clients and
// drivers cannot answer it. https://mariadb.com/kb/en/authentication-plugin-mysql_native_password/
import { createHash } from 'node:crypto';

export const PASSWORD_PLUGIN = 'mysql_native_password';
/** No password has this hash. */
export const NO_PASSWORD = 'invalid';

export async function hashMariadbPassword(password: string): Promise<string> {
  const hash = sha1(sha1(Buffer.from(password, 'utf8')));
  return `*${hash.toString('hex').toUpperCase()}`;
}

function sha1(data: Buffer): Buffer {
  return createHash('sha1').update(data).digest();
}
