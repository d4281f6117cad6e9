// What masking must know of a database, as plain data. read-postgres-schema.ts and read-mysql-schema.ts fill it in.
import type { TableName } from '../../artifact/masking-policy.ts';
import type { SqlFamily } from '../../sql/connect.ts';

export interface DatabaseSchema {
  readonly family: SqlFamily;
  /** Where names without a schema are: `public`, or MySQL's current database. */
  readonly defaultSchema: string;
  readonly tables: readonly TableInfo[];
  readonly foreignKeys: readonly ForeignKey[];
  /** In an order in which they can be refreshed. */
  readonly materializedViews: readonly TableName[];
  readonly largeObjects: number;
  /** Other databases of the server that hold tables; PostgreSQL only, MySQL's are schemas. */
  readonly otherDatabases: readonly string[];
}

export interface TableInfo extends TableName {
  /** `partitioned` holds no rows of its own: its partitions do, which are tables with `partitionOf`. */
  readonly kind: 'table' | 'partitioned' | 'foreign';
  readonly partitionOf?: TableName | undefined;
  readonly partitionKey: readonly string[];
  readonly owner: string;
  readonly estimatedRows: number;
  readonly sizeBytes: number;
  readonly columns: readonly ColumnInfo[];
  readonly primaryKey: readonly string[];
  /** Columns of every primary key, unique constraint and unique index. */
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly triggers: readonly TriggerInfo[];
  readonly indexes: readonly IndexInfo[];
  /** Extended statistics of PostgreSQL, which hold original values. */
  readonly statistics: readonly IndexInfo[];
}

export type ColumnKind =
  | 'text'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'uuid'
  | 'bytes'
  | 'json'
  | 'tsvector'
  | 'array'
  | 'other';

export interface ColumnInfo {
  readonly name: string;
  /** As the server spells it, such as `character varying(40)`. */
  readonly type: string;
  readonly kind: ColumnKind;
  /** Characters of a text, bits of an integer, digits of a number. */
  readonly size?: number | undefined;
  readonly isNullable: boolean;
  readonly isGenerated: boolean;
  /** The server compares its texts without regard to case. */
  readonly ignoresCase: boolean;
}

export interface ForeignKey {
  readonly name: string;
  readonly from: TableName;
  readonly fromColumns: readonly string[];
  readonly to: TableName;
  readonly toColumns: readonly string[];
  readonly onDelete: 'cascade' | 'set null' | 'other';
  /** The server's own text, behind `ALTER TABLE ... ADD CONSTRAINT name`; empty with MySQL, where keys stay. */
  readonly definition: string;
}

export interface TriggerInfo {
  readonly name: string;
  /** PostgreSQL: how it is enabled; MySQL: always. */
  readonly enabled: 'origin' | 'always' | 'replica';
  /** The statement that makes it again; MySQL only. */
  readonly definition: string;
}

/** Something of a table that is dropped and made again. */
export interface IndexInfo {
  readonly name: string;
  readonly definition: string;
}

export function formatTable({ schema, name }: TableName): string {
  return `${schema}.${name}`;
}

export function isSameTable(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.name === b.name;
}
