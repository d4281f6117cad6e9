// Reads a masking policy from YAML and reports every problem at once with its line. Knows no database.
import { isMap, LineCounter, type Node, parseDocument } from 'yaml';
import { FactoryError } from '../errors.ts';
import {
  type ColumnPolicy,
  LOCALES,
  type Locale,
  type Mask,
  type MaskingPolicy,
  type TablePolicy,
} from './masking-policy.ts';
import { parseMask } from './parse-mask.ts';
import {
  type PolicyEntry,
  type PolicyReader,
  readChoice,
  readEntries,
  readScalar,
  readText,
} from './policy-reader.ts';

const KEYS = ['version', 'seed', 'locale', 'tables', 'columns', 'large_objects', 'other_databases'];
const TABLE_KEYS = ['columns', 'drop_rows'];

/** Throws BAD_CONFIGURATION with all problems, each as `file:line: ...`. */
export function parseMaskingPolicy(text: string, file: string): MaskingPolicy {
  const lineCounter = new LineCounter();
  const problems: { line: number; text: string }[] = [];
  const document = parseDocument(text, { lineCounter, strict: true, uniqueKeys: true });
  const getLine = (node: unknown): number => {
    const start = (node as { range?: [number, number, number] } | null)?.range?.[0] ?? 0;
    return lineCounter.linePos(start).line;
  };
  const reader: PolicyReader = {
    getLine,
    addProblem: (node, sentence) => problems.push({ line: getLine(node), text: sentence }),
  };
  for (const error of document.errors) {
    const sentence = error.message.split(/ at line \d+/)[0] ?? error.message;
    problems.push({ line: lineCounter.linePos(error.pos[0]).line, text: sentence });
  }
  const policy = readTop(document.contents, file, reader);
  if (problems.length === 0) return policy;
  const lines = problems.sort((a, b) => a.line - b.line).map(({ line, text }) => `${file}:${line}: ${text}`);
  throw new FactoryError('BAD_CONFIGURATION', `the masking policy ${file} is wrong`, { problems: lines });
}

function readTop(root: Node | null, file: string, reader: PolicyReader): MaskingPolicy {
  const entries = new Map(readEntries(root, 'the policy', reader).map((entry) => [entry.key, entry]));
  for (const { key, keyNode } of entries.values()) {
    if (!KEYS.includes(key)) reader.addProblem(keyNode, `unknown key "${key}"; known are ${KEYS.join(', ')}`);
  }
  const version = entries.get('version');
  if (version !== undefined && readScalar(version.value) !== 1) {
    reader.addProblem(version.keyNode, 'version must be 1');
  }
  const tables = entries.get('tables');
  if (tables === undefined) reader.addProblem(root, 'the key "tables" is missing');
  return {
    file,
    seed: readText(entries.get('seed'), reader),
    locale: readChoice(entries.get('locale'), LOCALES, reader) ?? ('en' satisfies Locale),
    tables:
      tables === undefined
        ? []
        : readEntries(tables.value, '"tables"', reader).map((entry) => readTable(entry, reader)),
    columns: readColumns(entries.get('columns')?.value ?? null, reader),
    largeObjects: readChoice(entries.get('large_objects'), ['keep', 'unlink'] as const, reader),
    otherDatabases: readDatabases(entries.get('other_databases')?.value ?? null, reader),
  };
}

function readTable({ key, keyNode, value }: PolicyEntry, reader: PolicyReader): TablePolicy {
  const line = reader.getLine(keyNode);
  const word = readScalar(value);
  if (word === 'truncate' || word === 'foreign') return { name: key, action: word, columns: [], line };
  if (!isMap(value)) {
    reader.addProblem(keyNode, `table "${key}" must be "truncate", "foreign" or a map with "columns"`);
    return { name: key, action: 'mask', columns: [], line };
  }
  const entries = new Map(readEntries(value, `table "${key}"`, reader).map((entry) => [entry.key, entry]));
  for (const entry of entries.values()) {
    if (TABLE_KEYS.includes(entry.key)) continue;
    reader.addProblem(
      entry.keyNode,
      `unknown key "${entry.key}" of table "${key}"; known are ${TABLE_KEYS.join(', ')}`,
    );
  }
  return {
    name: key,
    action: 'mask',
    dropRows: readText(entries.get('drop_rows'), reader),
    columns: readColumns(entries.get('columns')?.value ?? null, reader),
    line,
  };
}

function readColumns(node: Node | null, reader: PolicyReader): ColumnPolicy[] {
  if (node === null) return [];
  return readEntries(node, '"columns"', reader).flatMap(({ key, keyNode, value }) => {
    const mask: Mask | undefined = parseMask(key, keyNode, value, reader);
    if (mask?.kind === 'keep' && /^[*.]+$/.test(key)) {
      reader.addProblem(keyNode, `"${key}: keep" would keep columns that nobody has looked at; name them`);
    }
    return mask === undefined ? [] : [{ name: key, mask, line: reader.getLine(keyNode) }];
  });
}

function readDatabases(node: Node | null, reader: PolicyReader): Record<string, 'keep' | 'drop'> {
  if (node === null) return {};
  const choices = ['keep', 'drop'] as const;
  return Object.fromEntries(
    readEntries(node, '"other_databases"', reader).flatMap((entry) => {
      const choice = readChoice(entry, choices, reader);
      return choice === undefined ? [] : [[entry.key, choice] as const];
    }),
  );
}
