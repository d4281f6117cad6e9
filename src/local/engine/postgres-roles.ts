// Roles and databases that RDS makes in a new cluster, as SQL.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html
import type { MasterUser } from './engine.ts';
import { ADMIN } from './postgres-access.ts';

/** Predefined roles that come with rds_superuser, and the version they came with. */
const PREDEFINED_ROLES = [
  ['pg_monitor', 10],
  ['pg_signal_backend', 10],
  ['pg_checkpoint', 15],
  ['pg_create_subscription', 16],
  ['pg_use_reserved_connections', 16],
  ['pg_maintain', 17],
] as const;

/** Once per data directory, as the superuser. Statements of one string would be one transaction. */
export function listSystemStatements(majorVersion: string): string[] {
  const granted = PREDEFINED_ROLES.filter(([, since]) => Number(majorVersion) >= since);
  return [
    'CREATE ROLE rds_superuser NOLOGIN',
    `GRANT ${granted.map(([role]) => role).join(', ')} TO rds_superuser WITH ADMIN OPTION`,
    `CREATE DATABASE ${ADMIN}`,
    `REVOKE ALL ON DATABASE ${ADMIN} FROM PUBLIC`,
  ];
}

/** The master user of RDS owns the databases it begins with, but is no superuser. */
export function listMasterStatements(master: MasterUser): string[] {
  const name = quoteName(master.username);
  const database = master.databaseName;
  return [
    ...listMasterRoleStatements(master),
    `ALTER DATABASE postgres OWNER TO ${name}`,
    ...(database === undefined || database === 'postgres'
      ? []
      : [`CREATE DATABASE ${quoteName(database)} OWNER ${name}`]),
  ];
}

export function listMasterRoleStatements(master: MasterUser): string[] {
  const name = quoteName(master.username);
  const rights = master.isSuperuser ? 'SUPERUSER' : 'NOSUPERUSER';
  return [
    `CREATE ROLE ${name} LOGIN CREATEDB CREATEROLE ${rights} PASSWORD ${formatVerifier(master)}`,
    `GRANT rds_superuser TO ${name} WITH ADMIN OPTION`,
  ];
}

export function formatPasswordStatement(master: MasterUser): string {
  return `ALTER ROLE ${quoteName(master.username)} LOGIN PASSWORD ${formatVerifier(master)}`;
}

function formatVerifier(master: MasterUser): string {
  return master.verifier === undefined ? 'NULL' : quoteText(master.verifier);
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** For texts without backslashes that mean something: standard_conforming_strings is on. */
function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
