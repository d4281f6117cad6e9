// After a physical copy: whatever the first superuser of the source owned goes to the master user, roles lose their
// logins and special rights, subscriptions go. Extensions stay with this program's superuser, as on RDS.

import type { SqlConnection } from '../../sql/connect.ts';
import type { MasterUser } from '../engine/engine.ts';
import { ADMIN } from '../engine/postgres-access.ts';
import { listMasterRoleStatements, listSystemStatements } from '../engine/postgres-roles.ts';
import type { LoadingServer } from './loading.ts';
import { grantAllData } from './postgres-roles.ts';
import { quoteName } from './quote.ts';

const DATABASES = `SELECT datname::text AS name, datdba = 10 AS "isOurs" FROM pg_database
  WHERE datallowconn AND NOT datistemplate AND datname <> '${ADMIN}' ORDER BY 1`;

/** REASSIGN OWNED refuses for the first superuser, which owns the system itself. Objects of initdb have low numbers. */
const OWNED = `SELECT format('ALTER %s %s OWNER TO ', CASE
      WHEN i.type IN ('toast table', 'index') THEN NULL
      WHEN i.type = 'composite type' THEN 'type' WHEN i.type = 'statistics object' THEN 'statistics'
      WHEN i.type = 'foreign-data wrapper' THEN 'foreign data wrapper' ELSE i.type END, i.identity) AS statement
FROM (
  SELECT 'pg_class'::regclass AS class, oid, relowner AS owner FROM pg_class c
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c') OR (relkind = 'S' AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
  UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner FROM pg_namespace
  UNION ALL SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc
  UNION ALL SELECT 'pg_type'::regclass, oid, typowner FROM pg_type
    WHERE typtype IN ('d', 'e', 'r') OR (typtype = 'b' AND typelem = 0)
  UNION ALL SELECT 'pg_operator'::regclass, oid, oprowner FROM pg_operator
  UNION ALL SELECT 'pg_opclass'::regclass, oid, opcowner FROM pg_opclass
  UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfowner FROM pg_opfamily
  UNION ALL SELECT 'pg_collation'::regclass, oid, collowner FROM pg_collation
  UNION ALL SELECT 'pg_conversion'::regclass, oid, conowner FROM pg_conversion
  UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner FROM pg_ts_dict
  UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner FROM pg_ts_config
  UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxowner FROM pg_statistic_ext
  UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvowner FROM pg_foreign_server
  UNION ALL SELECT 'pg_largeobject_metadata'::regclass, oid, lomowner FROM pg_largeobject_metadata
) AS o, LATERAL pg_identify_object(CASE o.class WHEN 'pg_largeobject_metadata'::regclass THEN 'pg_largeobject'::regclass
  ELSE o.class END, o.oid, 0) AS i
WHERE o.owner = 10 AND o.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid
    AND (d.deptype = 'e' OR (d.deptype = 'i' AND d.refobjid <> d.objid)))`;

const ROLES = `SELECT rolname::text AS name, rolsuper AS "isSuperuser" FROM pg_roles
  WHERE oid <> 10 AND rolname !~ '^pg_' ORDER BY 1`;
const SYSTEM_ROLES: readonly string[] = ['rds_superuser', ADMIN];

export interface Handover {
  readonly master: MasterUser;
  readonly majorVersion: string;
}

/** Returns the databases and the roles that came along. */
export async function handOver(
  server: LoadingServer,
  { master, majorVersion }: Handover,
): Promise<{ readonly databases: readonly string[]; readonly roles: readonly string[] }> {
  const { databases, roles } = await server.withSql(ADMIN, async (sql) => {
    const { rows } = await sql.query(ROLES);
    const names = rows.map((row) => String(row['name']));
    const superusers = rows.filter((row) => row['isSuperuser']).map((row) => String(row['name']));
    await makeSystemRoles(sql, names, majorVersion);
    const others = names.filter((name) => name !== master.username && !SYSTEM_ROLES.includes(name));
    await makeMaster(sql, master, names);
    for (const name of others) {
      await disarm(sql, name, master.username);
      if (superusers.includes(name)) await sql.query(grantAllData(name));
    }
    return { databases: await handOverDatabases(sql, master.username), roles: others };
  });
  for (const database of databases) {
    await server.withSql(database, async (sql) => await handOverObjects(sql, master.username));
  }
  return { databases, roles };
}

async function makeSystemRoles(
  sql: SqlConnection,
  there: readonly string[],
  majorVersion: string,
): Promise<void> {
  const statements = listSystemStatements(majorVersion).filter((text) => !text.startsWith('CREATE DATABASE'));
  const isNeeded = (text: string) => !text.startsWith('CREATE ROLE') || !there.includes('rds_superuser');
  for (const statement of statements.filter(isNeeded)) await sql.query(statement);
}

/** A role of that name may own things already. */
async function makeMaster(sql: SqlConnection, master: MasterUser, there: readonly string[]): Promise<void> {
  const [create = '', ...rest] = listMasterRoleStatements(master);
  const isThere = there.includes(master.username);
  const statements = [isThere ? create.replace(/^CREATE/, 'ALTER') : create, ...rest];
  for (const statement of statements) await sql.query(statement);
  if (isThere) await sql.query(`ALTER ROLE ${quoteName(master.username)} NOREPLICATION NOBYPASSRLS`);
}

async function disarm(sql: SqlConnection, role: string, master: string): Promise<void> {
  const rights = 'NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD NULL';
  await sql.query(`ALTER ROLE ${quoteName(role)} ${rights}`);
  await sql.query(`REVOKE ${quoteName(master)} FROM ${quoteName(role)}`);
  await sql.query(`GRANT ${quoteName(role)} TO ${quoteName(master)} WITH ADMIN OPTION`);
}

async function handOverDatabases(sql: SqlConnection, master: string): Promise<readonly string[]> {
  const { rows } = await sql.query(DATABASES);
  for (const row of rows) {
    if (row['isOurs'])
      await sql.query(`ALTER DATABASE ${quoteName(String(row['name']))} OWNER TO ${quoteName(master)}`);
  }
  return rows.map((row) => String(row['name']));
}

async function handOverObjects(sql: SqlConnection, master: string): Promise<void> {
  const { rows } = await sql.query(OWNED);
  for (const row of rows) {
    if (row['statement'] !== null) await sql.query(`${row['statement']}${quoteName(master)}`);
  }
  const subscriptions = await sql.query(
    'SELECT subname::text AS name FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())',
  );
  for (const row of subscriptions.rows) {
    const name = quoteName(String(row['name']));
    await sql.query(`ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`);
    await sql.query(`DROP SUBSCRIPTION ${name}`);
  }
}
