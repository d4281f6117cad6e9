// How to reach a copy, and every form in which programs want to be told.
import type { TlsMode } from '../sql/connection.ts';

export interface Connection {
  readonly engine: 'aurora-postgresql' | 'aurora-mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  /** The secret that holds the password, where Secrets Manager does. */
  readonly secretArn?: string | undefined;
  readonly database: string;
  readonly tls: TlsMode;
}

export const CONNECTION_FORMATS = [
  'uri',
  'jdbc',
  'libpq',
  'env',
  'node-postgres',
  'mysql2',
  'pgpass',
] as const;
export type ConnectionFormat = (typeof CONNECTION_FORMATS)[number];

/**
 * `prefer` is what clients do when nothing is said. Said, node-postgres takes it for `verify-full`, so it is left out.
 * https://www.postgresql.org/docs/current/libpq-ssl.html
 */
const SSL_MODE: Record<TlsMode, string | undefined> = {
  verify: 'verify-full',
  require: 'require',
  prefer: undefined,
  off: 'disable',
};

/** https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html */
const MYSQL_SSL_MODE: Record<TlsMode, string | undefined> = {
  verify: 'VERIFY_IDENTITY',
  require: 'REQUIRED',
  prefer: undefined,
  off: 'DISABLED',
};

/** The text contains the password where the connection has one. */
export function formatConnection(connection: Connection, format: ConnectionFormat): string {
  return FORMATTERS[format](connection);
}

const FORMATTERS: Record<ConnectionFormat, (connection: Connection) => string> = {
  uri: formatUri,
  jdbc: formatJdbc,
  libpq: formatLibpq,
  env: formatEnv,
  'node-postgres': (connection) =>
    JSON.stringify(formatNodeConfig(connection, 'rejectUnauthorized'), null, 2),
  mysql2: (connection) => JSON.stringify(formatNodeConfig(connection, 'verifyIdentity'), null, 2),
  pgpass: ({ host, port, user, password = '', database }) =>
    [host, String(port), database, user, password].map(escapePgpass).join(':'),
};

function isPostgres({ engine }: Connection): boolean {
  return engine === 'aurora-postgresql';
}

function formatUri(connection: Connection): string {
  const { host, port, user, password, database, tls } = connection;
  const login = [user, ...(password === undefined ? [] : [password])].map(encodeURIComponent).join(':');
  const [scheme, key, mode] = isPostgres(connection)
    ? ['postgresql', 'sslmode', SSL_MODE[tls]]
    : ['mysql', 'ssl-mode', MYSQL_SSL_MODE[tls]];
  const query = mode === undefined ? '' : `?${key}=${mode}`;
  return `${scheme}://${login}@${host}:${port}/${encodeURIComponent(database)}${query}`;
}

function formatJdbc(connection: Connection): string {
  const { host, port, user, password, database, tls } = connection;
  const [key, mode] = isPostgres(connection) ? ['sslmode', SSL_MODE[tls]] : ['sslMode', MYSQL_SSL_MODE[tls]];
  const login = password === undefined ? { user } : { user, password };
  const query = new URLSearchParams({ ...login, ...(mode === undefined ? {} : { [key]: mode }) });
  const scheme = isPostgres(connection) ? 'postgresql' : 'mysql';
  return `jdbc:${scheme}://${host}:${port}/${encodeURIComponent(database)}?${query}`;
}

/** What opens a session by hand; it asks for the password or finds it in the environment. */
export function formatClientCommand(connection: Connection): string {
  const { password: _secret, ...open } = connection;
  if (isPostgres(connection)) return `psql ${quoteShell(formatUri(open))}`;
  const { host, port, user, database, tls } = open;
  const words = ['mysql', '--host', host, '--port', String(port), '--user', user, '--password'];
  // The clients of MySQL and MariaDB name their TLS options differently, and encrypt by themselves where they can.
  const ssl = tls === 'verify' ? ['--ssl-mode=VERIFY_IDENTITY'] : [];
  return [...words, ...ssl, ...(database === '' ? [] : [database])].map(quoteShell).join(' ');
}

function formatLibpq(connection: Connection): string {
  const { host, port, user, password, database, tls } = connection;
  const pairs = { host, port, dbname: database, user, password, sslmode: SSL_MODE[tls] };
  return Object.entries(pairs)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quoteLibpq(String(value))}`)
    .join(' ');
}

/** Lines that a POSIX shell can read. */
function formatEnv(connection: Connection): string {
  const { host, port, user, password, database, tls } = connection;
  const own: Record<string, string | undefined> = isPostgres(connection)
    ? {
        PGHOST: host,
        PGPORT: String(port),
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
        PGSSLMODE: SSL_MODE[tls],
      }
    : {
        MYSQL_HOST: host,
        MYSQL_TCP_PORT: String(port),
        MYSQL_USER: user,
        MYSQL_PWD: password,
        MYSQL_DATABASE: database,
      };
  return Object.entries({ DATABASE_URL: formatUri(connection), ...own })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quoteShell(String(value))}`)
    .join('\n');
}

function formatNodeConfig(
  { host, port, user, password, database, tls }: Connection,
  verifyKey: 'rejectUnauthorized' | 'verifyIdentity',
): Record<string, unknown> {
  const isVerified = tls === 'verify';
  const ssl = { ...(isVerified ? {} : { rejectUnauthorized: false }), [verifyKey]: isVerified };
  const isEncrypted = tls === 'verify' || tls === 'require';
  return { host, port, user, password, database, ...(isEncrypted ? { ssl } : {}) };
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
function quoteLibpq(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function quoteShell(text: string): string {
  return /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function escapePgpass(text: string): string {
  return text.replace(/[\\:]/g, '\\$&');
}
