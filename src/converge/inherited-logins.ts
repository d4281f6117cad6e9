// A clone brings its source's users and their passwords along. Locks them, or gives them passwords that nobody knows.
import { randomBytes } from 'node:crypto';
import type { SqlConnection, SqlFamily } from '../sql/connect.ts';
import type { CopyRecords } from './records.ts';

/** Where logins are treated, and where it is remembered which. */
export interface LoginPlace {
  readonly connection: SqlConnection;
  readonly family: SqlFamily;
  readonly records: CopyRecords;
}

const STEP = 'logins';
const HELD = 'held';
const SESSION_END_MS = 10_000;

/**
 * Locks every login of the source and ends its sessions. Which were usable before is recorded first, so that they can be
 * given back. The master user and the roles that RDS keeps for itself stay as they are.
 */
export async function holdLogins(place: LoginPlace, masterUser: string): Promise<void> {
  const { connection, family, records } = place;
  const known = await findHeld(place);
  const found =
    family === 'postgres' ? await listRoles(connection, masterUser) : await listUsers(connection, masterUser);
  if (known === undefined) await records.add(connection, STEP, HELD, JSON.stringify(found));
  for (const { quoted } of known ?? found) {
    await connection.query(
      family === 'postgres' ? `ALTER ROLE ${quoted} NOLOGIN` : `ALTER USER ${quoted} ACCOUNT LOCK`,
    );
  }
  if (family === 'postgres') await endSessions(connection, known ?? found);
}

/** Gives back what `holdLogins` took. */
export async function releaseLogins(place: LoginPlace): Promise<void> {
  const { connection, family } = place;
  for (const { quoted } of (await findHeld(place)) ?? []) {
    await connection.query(
      family === 'postgres' ? `ALTER ROLE ${quoted} LOGIN` : `ALTER USER ${quoted} ACCOUNT UNLOCK`,
    );
  }
}

/** Gives the logins passwords that nobody knows, then back. */
export async function rotateLogins(place: LoginPlace): Promise<void> {
  const { connection, family } = place;
  for (const { quoted } of (await findHeld(place)) ?? []) {
    const password = randomBytes(24).toString('base64url');
    await connection.query(
      family === 'postgres'
        ? `ALTER ROLE ${quoted} PASSWORD '${password}'`
        : `ALTER USER ${quoted} IDENTIFIED BY '${password}'`,
    );
  }
  await releaseLogins(place);
}

async function findHeld({ connection, records }: LoginPlace): Promise<readonly Login[] | undefined> {
  const detail = (await records.list(connection, STEP)).get(HELD);
  return detail === undefined ? undefined : (JSON.parse(detail) as readonly Login[]);
}

/** Other sessions of the user that is connected, and only those; resolves when they are gone. */
export async function endOtherSessions(connection: SqlConnection, family: SqlFamily): Promise<void> {
  const deadlineMs = performance.now() + SESSION_END_MS;
  for (;;) {
    const count = await (family === 'postgres' ? endBackends(connection) : endThreads(connection));
    if (count === 0 || performance.now() > deadlineMs) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function endBackends(connection: SqlConnection): Promise<number> {
  const { rows } = await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE usename = current_user AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  return rows.length;
}

async function endThreads(connection: SqlConnection): Promise<number> {
  const { rows } = await connection.query(
    `SELECT ID AS id FROM information_schema.PROCESSLIST
     WHERE USER = SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AND ID <> CONNECTION_ID()`,
  );
  for (const row of rows) {
    await connection.query(`KILL ${Number(row['id'])}`).catch(() => {}); // it may have ended by itself
  }
  return rows.length;
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

/** Sessions that were there before; on a clone behind its gate there should be none. */
async function endSessions(connection: SqlConnection, logins: readonly Login[]): Promise<void> {
  await connection.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY($1)
       AND pg_has_role(current_user, usesysid, 'MEMBER')`,
    [logins.map(({ name }) => name)],
  );
}
