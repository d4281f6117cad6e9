// The address of a source server: from a URL to what clients need. A URL may hold a password, so none of it goes into an
// error but what was parsed. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
import { basename } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { ConnectOptions, SqlFamily, TlsMode } from '../../sql/connect.ts';
import type { ImportOrigin } from './request.ts';

export interface SourceServer {
  readonly family: SqlFamily;
  /** Name, address, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Empty: all of them (MySQL). */
  readonly database: string;
  /** As libpq words it. */
  readonly sslMode: string;
  readonly rootCertificate: string | undefined;
}

const SCHEMES: Readonly<Record<string, SqlFamily>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};
const PORTS = { postgres: 5432, mysql: 3306 } as const;
/** MySQL's words for them: https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode */
const SSL_MODES: Readonly<Record<string, TlsMode>> = {
  disable: 'off',
  disabled: 'off',
  allow: 'prefer',
  prefer: 'prefer',
  preferred: 'prefer',
  require: 'require',
  required: 'require',
  'verify-ca': 'verify',
  verify_ca: 'verify',
  'verify-full': 'verify',
  verify_identity: 'verify',
};
const PARAMETERS = [
  'sslmode',
  'ssl-mode',
  'sslrootcert',
  'ssl-ca',
  'host',
  'application_name',
  'connect_timeout',
];
const CONNECT_TIMEOUT_MS = 15_000;

/** Undefined: it is no URL, so a file. */
export function findUrlFamily(text: string): SqlFamily | undefined {
  return SCHEMES[/^[a-z]+:(?=\/\/)/i.exec(text)?.[0].toLowerCase() ?? ''];
}

export function parseSourceUrl(text: string): SourceServer {
  const url = parseUrl(text);
  const family = SCHEMES[url.protocol] ?? 'postgres';
  checkParameters(url);
  const get = (...names: string[]) =>
    names.map((name) => url.searchParams.get(name) ?? undefined).find(Boolean);
  const sslMode = (get('sslmode', 'ssl-mode') ?? 'prefer').toLowerCase();
  if (!Object.hasOwn(SSL_MODES, sslMode)) throw wrongUrl(`it has an unknown sslmode: ${sslMode}`);
  const user = decodeURIComponent(url.username);
  if (user === '') throw wrongUrl('it names no user');
  const host = get('host') ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  if (host === '' || host.includes(',')) throw wrongUrl('it must name one host');
  const named = decodeURIComponent(url.pathname.replace(/^\//, ''));
  return {
    ...{ family, host, user, sslMode },
    port: url.port === '' ? PORTS[family] : Number(url.port),
    database: named === '' && family === 'postgres' ? user : named,
    rootCertificate: get('sslrootcert', 'ssl-ca'),
  };
}

/** The URL without its password, which is returned beside it. */
export function splitPassword(text: string): { readonly url: string; readonly password: string | undefined } {
  const url = parseUrl(text);
  const given =
    url.password === '' ? (url.searchParams.get('password') ?? '') : decodeURIComponent(url.password);
  url.password = '';
  url.searchParams.delete('password');
  return { url: url.href, password: given === '' ? undefined : given };
}

export function makeConnectOptions(source: SourceServer, password: string): ConnectOptions {
  const { family, host, port, user, database, sslMode, rootCertificate } = source;
  return {
    ...{ family, host, port, user, password, database, timeoutMs: CONNECT_TIMEOUT_MS },
    tls: SSL_MODES[sslMode] ?? 'prefer',
    env: { PGSSLROOTCERT: rootCertificate },
  };
}

/** For people, and for records. */
export function describeOrigin(origin: ImportOrigin): string {
  if (origin.kind === 'file') return basename(origin.path);
  const { host, port, database } = parseSourceUrl(origin.url);
  return `${host}:${port}${database ? `/${database}` : ''}`;
}

function parseUrl(text: string): URL {
  if (findUrlFamily(text) && URL.canParse(text)) return new URL(text);
  throw wrongUrl('it cannot be parsed');
}

function checkParameters(url: URL): void {
  const unknown = [...url.searchParams.keys()].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0) throw wrongUrl(`it has parameters that are not supported: ${unknown.join(', ')}`);
}

function wrongUrl(why: string): FactoryError {
  return new FactoryError('BAD_INVOCATION', `the URL of the source cannot be used: ${why}`, {
    hint: 'It is postgres://USER@HOST:PORT/DATABASE or mysql://USER@HOST:PORT/DATABASE; special characters as %40.',
  });
}
