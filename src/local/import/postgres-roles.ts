// The roles that a PostgreSQL database needs: who owns something in it or may do something. They come along without
// login, password and special rights; the master user becomes a member of each, as it is on RDS.
import type { SqlConnection } from '../../sql/connect.ts';
import { quoteName } from './quote.ts';

export interface PostgresRoles {
  readonly names: readonly string[];
  /** Those of them that may do everything at the source. */
  readonly superusers: readonly string[];
  readonly memberships: readonly { readonly role: string; readonly member: string }[];
  /** As pg_db_role_setting has them; `role` is empty where they are the database's. */
  readonly settings: readonly { readonly role: string; readonly config: readonly string[] }[];
}

/** Those with the first number own things without an entry in pg_shdepend. */
const NAMES = `WITH RECURSIVE used AS (
  SELECT refobjid AS oid FROM pg_shdepend, pg_database this
    WHERE this.datname = current_database() AND refclassid = 'pg_authid'::regclass
      AND (dbid = this.oid OR (dbid = 0 AND classid = 'pg_database'::regclass AND objid = this.oid))
  UNION SELECT 10
  UNION SELECT m.roleid FROM pg_auth_members m JOIN used ON m.member = used.oid
) SELECT DISTINCT rolname::text AS name, rolsuper AS "isSuperuser" FROM pg_roles JOIN used USING (oid) WHERE rolname !~ '^pg_' ORDER BY 1`;

const MEMBERSHIPS = `SELECT r.rolname::text AS role, m.rolname::text AS member FROM pg_auth_members a
  JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member WHERE m.rolname = ANY ($1)`;

const SETTINGS = `SELECT coalesce(r.rolname, '')::text AS role, s.setconfig AS config FROM pg_db_role_setting s
  LEFT JOIN pg_roles r ON r.oid = s.setrole
  WHERE (s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
     OR (s.setdatabase = 0 AND r.rolname = ANY ($1))`;

export async function readRoles(sql: SqlConnection): Promise<PostgresRoles> {
  const { rows } = await sql.query(NAMES);
  const names = rows.map((row) => String(row['name']));
  const superusers = rows.filter((row) => row['isSuperuser']).map((row) => String(row['name']));
  const memberships = (await sql.query(MEMBERSHIPS, [names])).rows as unknown as PostgresRoles['memberships'];
  const settings = (await sql.query(SETTINGS, [names])).rows as unknown as PostgresRoles['settings'];
  return { names, superusers, memberships, settings };
}

/** Returns the roles that are there now and were not before. */
export async function makeRoles(
  sql: SqlConnection,
  roles: PostgresRoles,
  { master, database }: { readonly master: string; readonly database: string },
): Promise<readonly string[]> {
  const there = await listRoles(sql);
  const made = roles.names.filter((name) => !there.includes(name));
  for (const name of made) {
    await sql.query(`CREATE ROLE ${quoteName(name)} NOLOGIN`);
    await sql.query(`GRANT ${quoteName(name)} TO ${quoteName(master)} WITH ADMIN OPTION`);
    if (roles.superusers.includes(name)) await sql.query(grantAllData(name));
  }
  const known = [...there, ...made];
  for (const { role, member } of roles.memberships) {
    if (role === master || !known.includes(role) || !made.includes(member)) continue;
    await sql.query(`GRANT ${quoteName(role)} TO ${quoteName(member)}`);
  }
  for (const { role, config } of roles.settings) {
    if (role === '' || made.includes(role)) await addSettings(sql, role, database, config);
  }
  return made;
}

/** What their materialized views and functions read, and are refreshed and run with their rights. */
export function grantAllData(formerSuperuser: string): string {
  return `GRANT pg_read_all_data, pg_write_all_data TO ${quoteName(formerSuperuser)}`;
}

export async function listRoles(sql: SqlConnection): Promise<readonly string[]> {
  const { rows } = await sql.query('SELECT rolname::text AS name FROM pg_roles');
  return rows.map((row) => String(row['name']));
}

/** As they are: ALTER ... SET would need each value quoted in its own way. Libraries may not be here. */
async function addSettings(
  sql: SqlConnection,
  role: string,
  database: string,
  config: readonly string[],
): Promise<void> {
  const kept = config.filter((setting) => !/^[a-z_]*preload_libraries=/.test(setting));
  if (kept.length === 0) return;
  await sql.query(
    `INSERT INTO pg_db_role_setting (setdatabase, setrole, setconfig)
     SELECT CASE WHEN $1 = '' THEN (SELECT oid FROM pg_database WHERE datname = $2) ELSE 0 END,
       CASE WHEN $1 = '' THEN 0 ELSE (SELECT oid FROM pg_roles WHERE rolname = $1) END, $3::text[]`,
    [role, database, kept],
  );
}
