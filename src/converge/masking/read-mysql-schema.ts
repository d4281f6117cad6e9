// Reads what masking must know from MySQL's and MariaDB's information_schema, for all databases of the server:
// they are what PostgreSQL calls schemas, and statements reach across them.
import type { SqlConnection } from '../../sql/connect.ts';
import type { ColumnInfo, ColumnKind, DatabaseSchema, ForeignKey, TableInfo, TriggerInfo } from './schema.ts';

type Row = Readonly<Record<string, unknown>>;

const OURS = `NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys', 'db_artifact', 'db_artifact_masking')`;

export async function readMysqlSchema(connection: SqlConnection): Promise<DatabaseSchema> {
  const read = async (text: string): Promise<Row[]> => (await connection.query(text)).rows;
  const current = await read('SELECT DATABASE() AS name');
  const [tables, columns, keys, foreign] = [
    await read(TABLES),
    groupByTable(await read(COLUMNS)),
    groupByTable(await read(UNIQUE_KEYS)),
    await read(FOREIGN_KEYS),
  ];
  const triggers = groupByTable(await readTriggers(connection));
  return {
    family: 'mysql',
    defaultSchema: String(current[0]?.['name'] ?? ''),
    tables: tables.map((row) => toTable(row, columns, keys, triggers)),
    foreignKeys: foreign.map(toForeignKey),
    materializedViews: [],
    largeObjects: 0,
    otherDatabases: [],
  };
}

type ByTable = ReadonlyMap<string, readonly Row[]>;

function groupByTable(rows: readonly Row[]): ByTable {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row['s']}.${row['t']}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

function toTable(row: Row, columns: ByTable, keys: ByTable, triggers: ByTable): TableInfo {
  const key = `${row['s']}.${row['t']}`;
  const unique = (keys.get(key) ?? []).map((entry) => ({
    name: entry['name'],
    columns: split(entry['columns']),
  }));
  return {
    schema: String(row['s']),
    name: String(row['t']),
    kind: 'table',
    partitionKey: [],
    owner: '',
    estimatedRows: Number(row['rows_'] ?? 0),
    sizeBytes: Number(row['bytes'] ?? 0),
    columns: (columns.get(key) ?? []).map(toColumn),
    primaryKey: unique.find(({ name }) => name === 'PRIMARY')?.columns ?? [],
    uniqueKeys: unique.map((entry) => entry.columns),
    triggers: (triggers.get(key) ?? []).map(
      (trigger): TriggerInfo => ({
        name: String(trigger['name']),
        enabled: 'origin',
        definition: String(trigger['definition']),
      }),
    ),
    indexes: [],
    statistics: [],
  };
}

const KINDS: Readonly<Record<string, ColumnKind>> = {
  char: 'text',
  varchar: 'text',
  tinytext: 'text',
  text: 'text',
  mediumtext: 'text',
  longtext: 'text',
  tinyint: 'integer',
  smallint: 'integer',
  mediumint: 'integer',
  int: 'integer',
  bigint: 'integer',
  decimal: 'number',
  float: 'number',
  double: 'number',
  date: 'date',
  datetime: 'timestamp',
  timestamp: 'timestamp',
  uuid: 'uuid',
  binary: 'bytes',
  varbinary: 'bytes',
  tinyblob: 'bytes',
  blob: 'bytes',
  mediumblob: 'bytes',
  longblob: 'bytes',
  json: 'json',
};

const BITS: Readonly<Record<string, number>> = {
  tinyint: 7,
  smallint: 15,
  mediumint: 23,
  int: 31,
  bigint: 63,
};

function toColumn(row: Row): ColumnInfo {
  const type = String(row['type']);
  const isJson = Number(row['is_json']) > 0; // MariaDB's JSON is a LONGTEXT with a CHECK of JSON_VALID
  const kind = isJson ? 'json' : (KINDS[type] ?? 'other');
  const digits = Number(row['digits'] ?? 0) - Number(row['scale'] ?? 0);
  const size =
    kind === 'text' || kind === 'bytes' ? Number(row['length']) : (BITS[type] ?? (digits || undefined));
  return {
    name: String(row['name']),
    type: String(row['full_type']),
    kind,
    size,
    isNullable: row['nullable'] === 'YES',
    isGenerated: /VIRTUAL|STORED|PERSISTENT/i.test(String(row['extra'])),
    ignoresCase: /_ci$/.test(String(row['collation'] ?? '')),
  };
}

function toForeignKey(row: Row): ForeignKey {
  const rule = String(row['rule']).toLowerCase();
  return {
    name: String(row['name']),
    from: { schema: String(row['s']), name: String(row['t']) },
    fromColumns: split(row['columns']),
    to: { schema: String(row['to_s']), name: String(row['to_t']) },
    toColumns: split(row['to_columns']),
    onDelete: rule === 'cascade' || rule === 'set null' ? rule : 'other',
    definition: '',
  };
}

async function readTriggers(connection: SqlConnection): Promise<Row[]> {
  const { rows } =
    await connection.query(`SELECT trigger_schema AS s, event_object_table AS t, trigger_name AS name
    FROM information_schema.triggers WHERE trigger_schema ${OURS} ORDER BY action_order`);
  const found: Row[] = [];
  for (const row of rows) {
    const { rows: shown } = await connection.query(`SHOW CREATE TRIGGER \`${row['s']}\`.\`${row['name']}\``);
    found.push({ ...row, definition: shown[0]?.['SQL Original Statement'], mode: shown[0]?.['sql_mode'] });
  }
  return found;
}

function split(list: unknown): string[] {
  return String(list ?? '')
    .split('\u0001')
    .filter((name) => name !== '');
}

const TABLES = `SELECT table_schema AS s, table_name AS t, table_rows AS rows_, data_length AS bytes
  FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema ${OURS} ORDER BY table_schema, table_name`;

const COLUMNS = `SELECT c.table_schema AS s, c.table_name AS t, c.column_name AS name, c.data_type AS type,
    c.column_type AS full_type, c.character_maximum_length AS length, c.numeric_precision AS digits,
    c.numeric_scale AS scale, c.is_nullable AS nullable, c.extra AS extra, c.collation_name AS collation,
    (SELECT COUNT(*) FROM information_schema.check_constraints k WHERE k.constraint_schema = c.table_schema
      AND k.constraint_name = c.column_name AND LOWER(k.check_clause) LIKE 'json_valid(%') AS is_json
  FROM information_schema.columns c WHERE c.table_schema ${OURS} ORDER BY c.table_schema, c.table_name, c.ordinal_position`;

const UNIQUE_KEYS = `SELECT table_schema AS s, table_name AS t, index_name AS name,
    GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR '\u0001') AS columns
  FROM information_schema.statistics WHERE non_unique = 0 AND table_schema ${OURS}
  GROUP BY table_schema, table_name, index_name`;

const FOREIGN_KEYS = `SELECT k.constraint_schema AS s, k.table_name AS t, k.constraint_name AS name, r.delete_rule AS rule,
    MAX(k.referenced_table_schema) AS to_s, MAX(k.referenced_table_name) AS to_t,
    GROUP_CONCAT(k.column_name ORDER BY k.ordinal_position SEPARATOR '\u0001') AS columns,
    GROUP_CONCAT(k.referenced_column_name ORDER BY k.ordinal_position SEPARATOR '\u0001') AS to_columns
  FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
  WHERE k.referenced_table_name IS NOT NULL AND k.constraint_schema ${OURS}
  GROUP BY k.constraint_schema, k.table_name, k.constraint_name, r.delete_rule`;
