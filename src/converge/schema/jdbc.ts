// JDBC's way of saying where a database is and how it is encrypted.
// https://jdbc.postgresql.org/documentation/use/ https://mariadb.com/docs/connectors/mariadb-connector-j
import { FactoryError } from '../../errors.ts';
import type { ConnectOptions, SqlFamily, TlsMode } from '../../sql/connect.ts';

export const JDBC_DRIVERS: Readonly<Record<SqlFamily, string>> = {
  postgres: 'org.postgresql.Driver',
  mysql: 'org.mariadb.jdbc.Driver',
};

const POSTGRES_MODES: Readonly<Record<TlsMode, string>> = {
  verify: 'verify-full',
  require: 'require',
  prefer: 'prefer',
  off: 'disable',
};
/** MariaDB's driver cannot prefer. */
const MARIADB_MODES: Readonly<Record<TlsMode, string>> = {
  verify: 'verify-full',
  require: 'trust',
  prefer: 'disable',
  off: 'disable',
};

/** `roots`: a file with the certificates to trust. */
export function formatJdbcUrl({ family, host, port, database, tls }: ConnectOptions, roots?: string): string {
  if (host.startsWith('/')) {
    throw new FactoryError('NOT_SUPPORTED', 'Liquibase cannot use a unix socket', {
      hint: 'Give a host and port.',
    });
  }
  const address = host.includes(':') ? `[${host}]` : host;
  const name = encodeURIComponent(database);
  const query = new URLSearchParams(
    family === 'postgres'
      ? { sslmode: POSTGRES_MODES[tls], ...(roots === undefined ? {} : { sslrootcert: roots }) }
      : { sslMode: MARIADB_MODES[tls], ...(roots === undefined ? {} : { serverSslCert: roots }) },
  );
  const scheme = family === 'postgres' ? 'postgresql' : 'mariadb';
  return `jdbc:${scheme}://${address}:${port}/${name}?${query.toString().replaceAll('%2F', '/')}`;
}
