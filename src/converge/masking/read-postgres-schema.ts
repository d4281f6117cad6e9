// Reads what masking must know from PostgreSQL's catalogs. Tables of extensions are theirs and are left out.
// https://www.postgresql.org/docs/current/catalogs.html
import type { SqlConnection } from '../../sql/connect.ts';
import { readOtherDatabases } from './read-other-databases.ts';
import type { ColumnInfo, ColumnKind, DatabaseSchema, ForeignKey, TableInfo } from './schema.ts';

export async function readPostgresSchema(
  connection: SqlConnection,
  connect?: (database: string) => Promise<SqlConnection>,
): Promise<DatabaseSchema> {
  const tables = await connection.query(TABLES);
  const foreignKeys = await connection.query(FOREIGN_KEYS);
  const views = await connection.query(MATERIALIZED_VIEWS);
  const objects = await connection.query('SELECT count(*)::int AS count FROM pg_largeobject_metadata');
  return {
    family: 'postgres',
    defaultSchema: 'public',
    tables: tables.rows.map((row) => toTable(row['info'] as RawTable)),
    foreignKeys: foreignKeys.rows.map((row) => row['info'] as ForeignKey),
    materializedViews: views.rows.map((row) => ({
      schema: String(row['schema']),
      name: String(row['name']),
    })),
    largeObjects: Number(objects.rows[0]?.['count'] ?? 0),
    otherDatabases: connect === undefined ? [] : await readOtherDatabases(connection, connect),
  };
}

interface RawColumn {
  readonly name: string;
  readonly type: string;
  readonly base: string;
  readonly category: string;
  readonly modifier: number;
  readonly isNullable: boolean;
  readonly isGenerated: boolean;
}

interface RawTable extends Omit<TableInfo, 'columns'> {
  readonly columns: readonly RawColumn[];
}

function toTable(raw: RawTable): TableInfo {
  return { ...raw, partitionOf: raw.partitionOf ?? undefined, columns: raw.columns.map(toColumn) };
}

const KINDS: Readonly<Record<string, ColumnKind>> = {
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  citext: 'text',
  name: 'text',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  numeric: 'number',
  float4: 'number',
  float8: 'number',
  bool: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  uuid: 'uuid',
  bytea: 'bytes',
  json: 'json',
  jsonb: 'json',
  tsvector: 'tsvector',
};

function toColumn({ base, category, modifier, ...column }: RawColumn): ColumnInfo {
  const kind = category === 'A' ? 'array' : (KINDS[base] ?? 'other');
  return { ...column, kind, size: findSize(base, modifier), ignoresCase: base === 'citext' };
}

/** A type modifier holds the length plus 4, a numeric's precision in its upper half. */
function findSize(base: string, modifier: number): number | undefined {
  if (base === 'int2') return 15;
  if (base === 'int4') return 31;
  if (base === 'int8') return 63;
  if (base === 'name') return 63;
  if (modifier < 4) return undefined;
  if (base === 'varchar' || base === 'bpchar') return modifier - 4;
  if (base !== 'numeric') return undefined;
  return (((modifier - 4) >> 16) & 0xffff) - ((modifier - 4) & 0x7ff);
}

const IS_OURS = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'db_artifact', 'db_artifact_masking')
  AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')`;

/** Names of the columns that an array of attribute numbers means, in its order. */
const names = (relation: string, numbers: string): string => `
  (SELECT coalesce(json_agg(a.attname ORDER BY o.place), '[]') FROM unnest(${numbers}) WITH ORDINALITY AS o(number, place)
   JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = o.number)`;

const COLUMNS = `
  SELECT json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'base', b.typname, 'category', b.typcategory,
    'modifier', CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
    'isNullable', NOT (a.attnotnull OR t.typnotnull), 'isGenerated', a.attgenerated <> '') ORDER BY a.attnum)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

const TRIGGERS = `
  SELECT json_agg(json_build_object('name', tgname, 'definition', '',
    'enabled', CASE tgenabled WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' ELSE 'origin' END))
  FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal AND tgenabled <> 'D'`;

/** Only indexes that nothing else rests on: no constraint, parent, replica identity, comment or tablespace. */
const INDEXES = `
  SELECT json_agg(json_build_object('name', x.relname, 'definition', pg_get_indexdef(x.oid)) ORDER BY x.oid)
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
  WHERE i.indrelid = c.oid AND i.indisvalid AND NOT i.indisreplident AND NOT i.indisclustered AND x.reltablespace = 0
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = x.oid)
    AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = x.oid)
    AND NOT EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = x.oid)
    AND obj_description(x.oid, 'pg_class') IS NULL`;

/** Columns that an index over expressions reads. */
const READ_COLUMNS = `(SELECT json_agg(a.attname) FROM pg_depend d
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid > 0)`;

const TABLES = `
  SELECT json_build_object(
    'schema', n.nspname, 'name', c.relname, 'owner', c.relowner::regrole::text,
    'kind', CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE 'table' END,
    'partitionOf', (SELECT json_build_object('schema', rn.nspname, 'name', r.relname)
      FROM pg_partition_root(c.oid) AS root JOIN pg_class r ON r.oid = root JOIN pg_namespace rn ON rn.oid = r.relnamespace
      WHERE c.relispartition),
    'partitionKey', coalesce((SELECT ${names('c.oid', 'p.partattrs::int2[]')} FROM pg_partitioned_table p WHERE p.partrelid = c.oid), '[]'),
    'estimatedRows', greatest(c.reltuples, 0), 'sizeBytes', CASE WHEN c.relkind = 'r' THEN pg_table_size(c.oid) ELSE 0 END,
    'columns', coalesce((${COLUMNS}), '[]'),
    'primaryKey', coalesce((SELECT ${names('c.oid', 'conkey')} FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p'), '[]'),
    'uniqueKeys', coalesce((SELECT json_agg(CASE WHEN i.indexprs IS NULL THEN ${names('c.oid', 'i.indkey::int2[]')} ELSE ${READ_COLUMNS} END)
      FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique), '[]'),
    'triggers', coalesce((${TRIGGERS}), '[]'),
    'indexes', coalesce((${INDEXES}), '[]'),
    'statistics', coalesce((SELECT json_agg(json_build_object('name', s.stxnamespace::regnamespace || '.' || quote_ident(s.stxname),
      'definition', pg_get_statisticsobjdef(s.oid))) FROM pg_statistic_ext s WHERE s.stxrelid = c.oid), '[]')) AS info
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND ${IS_OURS} ORDER BY c.oid`;

/** Keys of partitions come and go with their parent's. */
const FOREIGN_KEYS = `
  SELECT json_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid),
    'from', json_build_object('schema', n.nspname, 'name', c.relname), 'fromColumns', ${names('k.conrelid', 'k.conkey')},
    'to', json_build_object('schema', tn.nspname, 'name', t.relname), 'toColumns', ${names('k.confrelid', 'k.confkey')},
    'onDelete', CASE k.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'other' END) AS info
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0 AND ${IS_OURS} ORDER BY k.oid`;

/** Each view's depth: one more than the deepest one that it reads. */
const MATERIALIZED_VIEWS = `
  WITH RECURSIVE reads AS (
    SELECT DISTINCT r.ev_class AS reader, d.refobjid AS source FROM pg_rewrite r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    WHERE d.refobjid <> r.ev_class),
  depths AS (
    SELECT oid, 0 AS depth FROM pg_class WHERE relkind = 'm'
    UNION SELECT reads.reader, depths.depth + 1 FROM depths JOIN reads ON reads.source = depths.oid)
  SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN depths ON depths.oid = c.oid
  WHERE c.relkind = 'm' AND c.relispopulated AND ${IS_OURS}
  GROUP BY c.oid, n.nspname, c.relname ORDER BY max(depths.depth), c.oid`;
