// Splits PostgreSQL files into statements by PostgreSQL's own parser, compiled to WebAssembly and loaded only here:
// a converging tool never needs it.
import type { SqlStatement, StatementKind } from '../artifact/compiled-sql.ts';
import { getMessage } from '../errors.ts';
import { countLine, type SplitResult } from './split-result.ts';

/** The parser's tree, as far as it is looked at. */
interface RawStatement {
  readonly stmt: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Byte offsets into the UTF-8 text; a length of 0 or none means up to the end. */
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

export async function splitPostgres(text: string): Promise<SplitResult> {
  const command = /^[ \t]*\\[a-z!.]+.*$/im.exec(findCode(text));
  if (command !== null) {
    const line = countLine(text, command.index);
    return fail(line, `"${command[0].trim()}" is a command of psql, which is not used here`);
  }
  if (findCode(text).trim() === '') return { statements: [], problems: [] };
  // Not at load: an image carries the program alone, without this parser.
  const { hasSqlDetails, loadModule, parseSync } = await import('libpg-query');
  await loadModule();
  try {
    const tree = parseSync(text) as unknown as { readonly stmts?: readonly RawStatement[] };
    return splitTree(text, tree.stmts ?? []);
  } catch (error) {
    const position = hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0;
    return fail(countLine(text, position), getMessage(error));
  }
}

function fail(line: number, sentence: string): SplitResult {
  return { statements: [], problems: [{ line, sentence }] };
}

/** The text with quoted parts and comments blanked, so that psql's commands are found only where they would be read. */
function findCode(text: string): string {
  const quoted = /\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|'(?:[^'\\]|''|\\[\s\S])*'|\/\*[\s\S]*?\*\/|--[^\n]*/g;
  return text.replace(quoted, (match) => match.replace(/[^\n]/g, ' '));
}

function splitTree(text: string, raw: readonly RawStatement[]): SplitResult {
  const bytes = Buffer.from(text, 'utf8');
  const problems: { line: number; sentence: string }[] = [];
  const statements = raw.map((statement): SqlStatement => {
    const start = statement.stmt_location ?? 0;
    const end = statement.stmt_len ? start + statement.stmt_len : bytes.length;
    const whole = bytes.subarray(start, end).toString('utf8');
    const lead = /^(\s+|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)*/.exec(whole)?.[0].length ?? 0;
    const line = countLine(text, bytes.subarray(0, start).toString('utf8').length + lead);
    if (readsInput(statement)) {
      problems.push({
        line,
        sentence: 'COPY FROM STDIN has no input here; use INSERT, or COPY from a Liquibase loadData',
      });
    }
    return { text: whole.slice(lead).trimEnd(), line, kind: findKind(statement, whole) };
  });
  return { statements, problems };
}

function readsInput({ stmt }: RawStatement): boolean {
  const copy = stmt['CopyStmt'];
  return copy !== undefined && copy['is_from'] === true && copy['filename'] === undefined;
}

/** Statements that PostgreSQL refuses in a transaction: https://www.postgresql.org/docs/current/sql-commands.html */
const ALONE = [
  'VacuumStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'AlterSystemStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'CreateSubscriptionStmt',
  'CallStmt',
];

function findKind({ stmt }: RawStatement, text: string): StatementKind {
  const [name = '', body = {}] = Object.entries(stmt)[0] ?? [];
  if (name === 'TransactionStmt') return findTransactionKind(String(body['kind']));
  if (ALONE.includes(name) || body['concurrent'] === true) return 'alone';
  if (name === 'ReindexStmt' && /\b(concurrently|database|system)\b/i.test(text)) return 'alone';
  if (name === 'DoStmt' && /\b(commit|rollback)\b/i.test(text)) return 'alone'; // a block that ends transactions itself
  return 'plain';
}

function findTransactionKind(kind: string): StatementKind {
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return 'begin';
  return kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK' ? 'end' : 'plain';
}
