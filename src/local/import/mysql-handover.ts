// Takes the accounts of a copied MariaDB server their logins and their reach beyond data, so that what they define goes on
// to work and the master user, who may give any account a password, becomes no superuser by it.
import type { SqlConnection } from '../../sql/connect.ts';
import type { LoadingServer } from './loading.ts';

const TAKEN = [
  ...['SUPER', 'FILE', 'SHUTDOWN', 'CREATE TABLESPACE', 'SET USER', 'FEDERATED ADMIN', 'READ_ONLY ADMIN'],
  ...['BINLOG ADMIN', 'BINLOG REPLAY', 'REPLICATION SLAVE ADMIN', 'REPLICATION MASTER ADMIN'],
].join(', ');

/** All but this program's own and the server's. */
export async function lockAccounts(server: LoadingServer): Promise<readonly string[]> {
  return await server.withSql('', async (sql) => {
    await sql.query('DELETE FROM mysql.proxies_priv');
    await sql.query('DELETE FROM mysql.gtid_slave_pos');
    await sql.query('FLUSH PRIVILEGES');
    const accounts = await listAccounts(sql, server.login.user);
    for (const { account, isRole } of accounts) {
      if (!isRole)
        await sql.query(
          `ALTER USER ${account} IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK`,
        );
      await sql.query(`REVOKE ${TAKEN} ON *.* FROM ${account}`);
    }
    return accounts.map(({ account }) => account.replaceAll("'", ''));
  });
}

async function listAccounts(
  sql: SqlConnection,
  superuser: string,
): Promise<readonly { readonly account: string; readonly isRole: boolean }[]> {
  const { rows } = await sql.query(
    `SELECT is_role = 'Y' AS isRole, IF(is_role = 'Y', QUOTE(User), CONCAT(QUOTE(User), '@', QUOTE(Host))) AS account
     FROM mysql.user WHERE User <> 'mariadb.sys' AND NOT (User = ? AND Host = 'localhost') ORDER BY 2`,
    [superuser],
  );
  return rows.map((row) => ({ account: String(row['account']), isRole: Number(row['isRole']) === 1 }));
}
