// Finds the logins that a clone brings from its source, with PostgreSQL, MySQL and MariaDB. Changes nothing.
import type { SqlConnection, SqlFamily } from '../../sql/connect.ts';

export interface Login {
  readonly name: string;
  /** As in a statement. */
  readonly quoted: string;
}

/** Who can log in now. The master user, whoever is connected and the logins that RDS keeps for itself do not count. */
export async function listUsableLogins(
  connection: SqlConnection,
  family: SqlFamily,
  masterUser: string,
): Promise<readonly Login[]> {
  return family === 'postgres'
    ? await listRoles(connection, masterUser)
    : await listUsers(connection, masterUser);
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
       AND NOT (Host = 'localhost' AND plugin IN ('unix_socket', 'auth_socket'))
     ORDER BY User, Host`,
    [masterUser],
  );
  const logins: Login[] = [];
  for (const row of rows) {
    const quoted = String(row['quoted']);
    // MySQL and MariaDB keep this in different tables, but say it alike.
    const { rows: shown } = await connection.query(`SHOW CREATE USER ${quoted}`);
    const isLocked = / ACCOUNT LOCK\b/.test(Object.values(shown[0] ?? {}).join(' '));
    if (!isLocked) logins.push({ name: String(row['name']), quoted });
  }
  return logins;
}
