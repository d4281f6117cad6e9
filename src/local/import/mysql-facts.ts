// What a MySQL or MariaDB source says of itself, as far as an import must know it. Reads only.
import type { SqlConnection } from '../../sql/connect.ts';

export interface MysqlTable {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'BASE TABLE' | 'VIEW' | 'SEQUENCE';
  readonly engine: string;
  readonly bytes: number;
}

export interface MysqlFacts {
  /** Such as `10.11.14` or `8.0.36`. */
  readonly version: string;
  readonly isMariadb: boolean;
  readonly databases: readonly string[];
  readonly tables: readonly MysqlTable[];
  readonly views: readonly { readonly schema: string; readonly name: string; readonly definition: string }[];
}

const SYSTEM_DATABASES = "'mysql', 'sys', 'information_schema', 'performance_schema', 'rdsadmin'";

/** Of one database, or of all but the system's. */
export async function readMysqlFacts(sql: SqlConnection, database: string): Promise<MysqlFacts> {
  const { rows } = await sql.query('SELECT VERSION() AS version');
  const version = String(rows[0]?.['version']);
  const listed = await sql.query(
    `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA
     WHERE SCHEMA_NAME NOT IN (${SYSTEM_DATABASES}) AND (? = '' OR SCHEMA_NAME = ?) ORDER BY 1`,
    [database, database],
  );
  const databases = listed.rows.map((row) => String(row['name']));
  if (databases.length === 0) return { version, isMariadb: false, databases, tables: [], views: [] };
  const tables = await sql.query(
    `SELECT TABLE_SCHEMA AS \`schema\`, TABLE_NAME AS name, TABLE_TYPE AS kind, COALESCE(ENGINE, '') AS engine,
       COALESCE(DATA_LENGTH, 0) + 0.0 AS bytes
     FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (?) ORDER BY 1, 2`,
    [databases],
  );
  const views = await sql.query(
    `SELECT TABLE_SCHEMA AS \`schema\`, TABLE_NAME AS name, VIEW_DEFINITION AS definition
     FROM information_schema.VIEWS WHERE TABLE_SCHEMA IN (?)`,
    [databases],
  );
  return {
    version: /^\d+\.\d+\.\d+/.exec(version)?.[0] ?? version,
    isMariadb: /mariadb/i.test(version),
    databases,
    tables: tables.rows.map((row) => ({ ...(row as unknown as MysqlTable), bytes: Number(row['bytes']) })),
    views: views.rows as unknown as MysqlFacts['views'],
  };
}
