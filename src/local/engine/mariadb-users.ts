// The accounts of a local MariaDB server, as SQL: the one of this program, and the master user as RDS makes it.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.MasterAccounts.html
import type { MasterUser } from './engine.ts';
import { NO_PASSWORD, PASSWORD_PLUGIN } from './mariadb-password.ts';

/** Lets users hand on what RDS lets them hand on. */
const ROLE = 'rds_superuser_role';

/** What RDS grants, and nothing that reaches files (FILE), other servers or the settings (SUPER). */
const MASTER_PRIVILEGES = [
  ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'RELOAD', 'PROCESS', 'REFERENCES', 'INDEX'],
  ...['ALTER', 'SHOW DATABASES', 'CREATE TEMPORARY TABLES', 'LOCK TABLES', 'EXECUTE', 'REPLICATION SLAVE'],
  ...['REPLICATION CLIENT', 'SLAVE MONITOR', 'CREATE VIEW', 'SHOW VIEW', 'CREATE ROUTINE', 'ALTER ROUTINE'],
  ...['CREATE USER', 'EVENT', 'TRIGGER', 'DELETE HISTORY', 'CONNECTION ADMIN'],
].join(', ');

/**
 * Run by the server before it takes connections. Its superuser is the operating system's user that runs this program,
 * known by the unix socket and without a password; made again where somebody dropped or changed it.
 */
export function formatInitFile(osUser: string): string {
  const account = `${quoteText(osUser)}@'localhost'`;
  const found = `SELECT 1 FROM mysql.user WHERE User = ${quoteText(osUser)} AND Host = 'localhost' AND plugin = 'unix_socket' AND Super_priv = 'Y' AND Grant_priv = 'Y'`;
  const create = `CREATE OR REPLACE USER ${account} IDENTIFIED VIA unix_socket`;
  const grant = `GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION`;
  return [
    `SET @is_missing = NOT EXISTS (${found})`,
    ...[create, grant].map(
      (statement) => `EXECUTE IMMEDIATE IF(@is_missing, ${quoteText(statement)}, 'DO 0')`,
    ),
    '',
  ].join(';\n');
}

/** Once per data directory: what mariadb-install-db made for people at the machine, gone, and the role of RDS. */
export function listSystemStatements(osUser: string, others: readonly string[]): string[] {
  return [
    ...others.filter((name) => name !== osUser).map((name) => `DROP USER ${quoteText(name)}@'localhost'`),
    'DROP DATABASE IF EXISTS test',
    "DELETE FROM mysql.proxies_priv WHERE Host = '%' OR Host = ''",
    'FLUSH PRIVILEGES',
    `CREATE ROLE IF NOT EXISTS ${ROLE}`,
    `GRANT ${MASTER_PRIVILEGES} ON *.* TO ${ROLE} WITH GRANT OPTION`,
  ];
}

/** Accounts that the server needs for itself. */
export const SYSTEM_ACCOUNT = 'mariadb.sys';

export function listMasterStatements(master: MasterUser): string[] {
  const { databaseName } = master;
  return [
    ...listMasterUserStatements(master),
    ...(databaseName === undefined ? [] : [`CREATE DATABASE IF NOT EXISTS ${quoteName(databaseName)}`]),
  ];
}

/** Where it is there already, it gets the password and is unlocked, and keeps what it has besides. */
export function listMasterUserStatements(master: MasterUser): string[] {
  const account = `${quoteText(master.username)}@'%'`;
  const identified = `IDENTIFIED VIA ${PASSWORD_PLUGIN} USING ${quoteText(master.verifier ?? NO_PASSWORD)}`;
  return [
    `CREATE USER IF NOT EXISTS ${account} ${identified}`,
    `ALTER USER ${account} ${identified} ACCOUNT UNLOCK`,
    `GRANT ${master.isSuperuser ? 'ALL PRIVILEGES' : MASTER_PRIVILEGES} ON *.* TO ${account} WITH GRANT OPTION`,
    `CREATE ROLE IF NOT EXISTS ${ROLE}`,
    `GRANT ${ROLE} TO ${account} WITH ADMIN OPTION`,
  ];
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
