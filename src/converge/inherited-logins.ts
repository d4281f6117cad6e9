// A clone brings its source's users and their passwords along. Locks them, or gives them passwords that nobody knows.
import { randomBytes } from 'node:crypto';
import type { SqlConnection, SqlFamily } from '../sql/connect.ts';

export interface TreatedLogins {
  readonly treatment: 'lock' | 'keep' | 'rotate';
  /** Names of the logins that were locked or rotated; with `keep`, of those that stay usable. */
  readonly names: readonly string[];
}

/** The master user and the roles that RDS keeps for itself stay as they are. */
export async function treatLogins(
  connection: SqlConnection,
  family: SqlFamily,
  treatment: 'lock' | 'keep' | 'rotate',
  masterUser: string,
): Promise<TreatedLogins> {
  const logins =
    family === 'postgres' ? await listRoles(connection, masterUser) : await listUsers(connection, masterUser);
  if (treatment !== 'keep') {
    for (const login of logins) await connection.query(formatTreatment(family, treatment, login));
    if (family === 'postgres') await endSessions(connection, logins);
  }
  return { treatment, names: logins.map(({ name }) => name) };
}

interface Login {
  readonly name: string;
  /** As in a statement. */
  readonly quoted: string;
}

async function listRoles(connection: SqlConnection, masterUser: string): Promise<readonly Login[]> {
  // `rdsadmin` and all `rds...` and `pg_...` roles are the service's; a superuser can only be the service's on RDS.
  const { rows } = await connection.query(
    `SELECT rolname AS name, quote_ident(rolname) AS quoted FROM pg_roles
     WHERE rolcanlogin AND rolname <> $1 AND rolname <> current_user AND rolname !~ '^(rds|pg_)' AND NOT rolsuper
     ORDER BY rolname`,
    [masterUser],
  );
  return rows.map((row) => ({ name: String(row['name']), quoted: String(row['quoted']) }));
}

async function listUsers(connection: SqlConnection, masterUser: string): Promise<readonly Login[]> {
  const { rows } = await connection.query(
    `SELECT User AS name, CONCAT(QUOTE(User), '@', QUOTE(Host)) AS quoted FROM mysql.user
     WHERE User <> ? AND User <> SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AND Host <> ''
       AND User NOT IN ('root', 'rdsadmin', 'mysql', 'mariadb.sys', 'mysql.sys', 'mysql.session', 'mysql.infoschema', 'PUBLIC')
       AND User NOT LIKE 'rds%' AND User NOT LIKE 'AWS\\_%'
     ORDER BY User, Host`,
    [masterUser],
  );
  return rows.map((row) => ({ name: String(row['name']), quoted: String(row['quoted']) }));
}

function formatTreatment(family: SqlFamily, treatment: 'lock' | 'rotate', { quoted }: Login): string {
  const password = randomBytes(24).toString('base64url');
  if (family === 'postgres') {
    return `ALTER ROLE ${quoted} ${treatment === 'lock' ? 'NOLOGIN' : `PASSWORD '${password}'`}`;
  }
  return `ALTER USER ${quoted} ${treatment === 'lock' ? 'ACCOUNT LOCK' : `IDENTIFIED BY '${password}'`}`;
}

/** Sessions that were there before; on a clone behind its gate there should be none. */
async function endSessions(connection: SqlConnection, logins: readonly Login[]): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY($1)
       AND pg_has_role(current_user, usesysid, 'MEMBER')`,
    [logins.map(({ name }) => name)],
  );
}
