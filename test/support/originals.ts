// Every value of a shop that identifies a customer, and a search for all of them in what a dump says after masking.
// First names, dates and cities are not among them: a fake of one person may be the original of another.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { SqlConnection, SqlFamily } from '../../src/sql/connect.ts';
import type { SqlServer } from './sql-servers.ts';

/** Values as the words of a dump, with single spaces between. */
export interface Originals {
  readonly values: ReadonlySet<string>;
  readonly mostWords: number;
}

const COLUMNS: readonly (readonly [string, string])[] = [
  ['customers', 'email'],
  ['customers', 'last_name'],
  ['customers', 'full_name'],
  ['customers', 'phone'],
  ['accounts', 'password_hash'],
];
const ADDRESSES = ['addresses', 'street'] as const;

/** Of a shop that is not masked yet. */
export async function readOriginals(connection: SqlConnection, family: SqlFamily): Promise<Originals> {
  const values = new Set<string>();
  let mostWords = 1;
  for (const [table, column] of family === 'postgres' ? [...COLUMNS, ADDRESSES] : COLUMNS) {
    const { rows } = await connection.query(`SELECT ${column} AS value FROM ${table}`);
    for (const { value } of rows) {
      const words = splitWords(String(value));
      values.add(words.join(' '));
      mostWords = Math.max(mostWords, words.length);
    }
  }
  return { values, mostWords };
}

/** Every original that the dump of a database holds, wherever: in a column, a document or a text. */
export async function findOriginals(
  { options, socketDir }: SqlServer,
  database: string,
  { values, mostWords }: Originals,
  ignoredTables: readonly string[] = [],
): Promise<readonly string[]> {
  const { family, user, password } = options;
  const ignored = ignoredTables.map((table) =>
    family === 'postgres' ? `--exclude-table=${table}` : `--ignore-table=${database}.${table}`,
  );
  const [program, args] =
    family === 'postgres'
      ? [
          'pg_dump',
          [`--host=${options.host}`, `--port=${options.port}`, `--username=${user}`, ...ignored, database],
        ]
      : [
          'mariadb-dump',
          ['--no-defaults', `--socket=${socketDir}/mysqld.sock`, `--user=${user}`, ...ignored, database],
        ];
  const env = { ...process.env, PGPASSWORD: password, MYSQL_PWD: password };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const found = new Set<string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const words = splitWords(line);
    for (let from = 0; from < words.length; from++) {
      let text = '';
      for (let count = 1; count <= mostWords && from + count <= words.length; count++) {
        text = count === 1 ? String(words[from]) : `${text} ${words[from + count - 1]}`;
        if (values.has(text)) found.add(text);
      }
    }
  }
  if ((await status) !== 0) throw new Error(`${program} ended with ${await status}`);
  return [...found];
}

function splitWords(text: string): readonly string[] {
  return text.split(/[\s,;'"(){}[\]:\\]+/).filter((word) => word !== '');
}
