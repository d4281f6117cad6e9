// What a PostgreSQL source says of itself, as far as an import must know it. Reads only.
import type { SqlConnection } from '../../sql/connect.ts';

export interface PostgresFacts {
  /** Such as `15.8`. */
  readonly version: string;
  readonly majorVersion: number;
  /** `x86_64-pc-linux-gnu` and the compiler. */
  readonly build: string;
  readonly sizeBytes: number;
  readonly isStandby: boolean;
  readonly mayReplicate: boolean;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly segmentSize: string;
  readonly blockSize: string;
  readonly tablespaces: number;
  readonly preparedTransactions: number;
  /** Of the C library that sorts texts there. */
  readonly libcVersion: string | undefined;
  readonly hasAdmin: boolean;
  readonly extensions: readonly string[];
  readonly locales: readonly string[];
  readonly databases: readonly string[];
}

const QUERY = `SELECT
  split_part(current_setting('server_version'), ' ', 1) AS version,
  current_setting('server_version_num')::int / 10000 AS "majorVersion",
  version() AS build,
  pg_database_size(d.oid)::float8 AS "sizeBytes",
  pg_is_in_recovery() AS "isStandby",
  (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS "mayReplicate",
  pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
  current_setting('wal_segment_size') AS "segmentSize",
  current_setting('block_size') AS "blockSize",
  (SELECT count(*) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global'))::int AS tablespaces,
  (SELECT count(*) FROM pg_prepared_xacts)::int AS "preparedTransactions",
  (SELECT max(pg_collation_actual_version(oid)) FROM pg_collation WHERE collprovider = 'c') AS "libcVersion",
  EXISTS (SELECT FROM pg_roles WHERE rolname = 'rdsadmin') AS "hasAdmin",
  ARRAY(SELECT extname::text FROM pg_extension ORDER BY 1) AS extensions,
  ARRAY(SELECT DISTINCT datcollate::text FROM pg_database UNION SELECT DISTINCT datctype FROM pg_database) AS locales,
  ARRAY(SELECT datname::text FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1) AS databases
FROM pg_database d WHERE d.datname = current_database()`;

export async function readPostgresFacts(sql: SqlConnection): Promise<PostgresFacts> {
  const { rows } = await sql.query(QUERY);
  return rows[0] as unknown as PostgresFacts;
}
