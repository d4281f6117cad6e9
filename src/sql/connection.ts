// The seam of database connections: what converge and the local engines need of `pg` and `mysql2`.
// Imports neither; connect.ts picks.

export type SqlFamily = 'postgres' | 'mysql';

/**
 * `verify`: encrypted, certificate and host name checked; `require`: encrypted; `prefer`: encrypted where the server
 * can; `off`: plain. A unix socket is never encrypted, as with libpq.
 */
export type TlsMode = 'verify' | 'require' | 'prefer' | 'off';

export interface ConnectOptions {
  readonly family: SqlFamily;
  /** A name or address, or the absolute path of the folder of a unix socket (MySQL: or of the socket itself). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Empty: MySQL connects without one, PostgreSQL to the one named as the user. */
  readonly database: string;
  readonly tls: TlsMode;
  /** For connecting; a statement takes as long as it takes. */
  readonly timeoutMs: number;
  /** Read for `PGSSLROOTCERT` and `NODE_EXTRA_CA_CERTS`: a certificate file trusted beside the usual ones. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface SqlResult {
  /** Of the last statement, when the text holds several. */
  readonly rows: Record<string, unknown>[];
  /** Rows returned or affected. */
  readonly rowCount: number;
}

export interface SqlConnection {
  /**
   * Runs one statement, or several when there are no `params`. Placeholders are the family's own: `$1` with
   * PostgreSQL, `?` with MySQL (where they are filled in by the client, so they work in any statement).
   */
  query(text: string, params?: readonly unknown[]): Promise<SqlResult>;
  /** Safe to repeat; does not fail when the server is gone. */
  close(): Promise<void>;
}
