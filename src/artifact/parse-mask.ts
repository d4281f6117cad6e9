// The class of one column, as a policy spells it: `keep`, `null`, `hash`, `shuffle`, `fake email`, `{value: x}`,
// `{json: {a.b: fake email}}`, `{search: {config: english, columns: [a, b]}}`.
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { FAKE_KINDS, type FakeKind, type JsonPath, type Mask } from './masking-policy.ts';
import { type PolicyReader, readEntries, readScalar } from './policy-reader.ts';

const WORDS = ['keep', 'null', 'hash', 'shuffle'] as const;

export function parseMask(
  name: string,
  keyNode: Node,
  node: Node | null,
  reader: PolicyReader,
): Mask | undefined {
  if (isMap(node)) return parseMapMask(name, keyNode, node, reader);
  const text = readWord(node);
  const word = WORDS.find((known) => known === text);
  if (word !== undefined) return { kind: word };
  if (text?.startsWith('fake ')) return parseFake(name, keyNode, text.slice(5).trim(), reader);
  const got = text === undefined ? 'nothing' : `"${text}"`;
  reader.addProblem(
    keyNode,
    `column "${name}" must be keep, null, hash, shuffle, fake KIND, {value: ...}, {json: ...} or {search: ...}, got ${got}`,
  );
  return undefined;
}

/** `note:` with nothing behind it is also YAML's null, but more likely forgotten than meant. */
function readWord(node: Node | null): string | undefined {
  if (!isScalar(node)) return undefined;
  if (node.value === null) return node.source === '' || node.source === undefined ? undefined : 'null';
  return String(node.value);
}

function parseFake(name: string, keyNode: Node, what: string, reader: PolicyReader): Mask | undefined {
  const kind = FAKE_KINDS.find((known: FakeKind) => known === what);
  if (kind !== undefined) return { kind: 'fake', what: kind };
  reader.addProblem(keyNode, `column "${name}": no fake "${what}"; there are ${FAKE_KINDS.join(', ')}`);
  return undefined;
}

function parseMapMask(name: string, keyNode: Node, node: Node, reader: PolicyReader): Mask | undefined {
  const entries = readEntries(node, `column "${name}"`, reader);
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) {
    reader.addProblem(keyNode, `column "${name}" must have one of value, json, search`);
    return undefined;
  }
  if (entry.key === 'value') return parseValue(name, keyNode, entry.value, reader);
  if (entry.key === 'json') return parseJson(name, entry.value, reader);
  if (entry.key === 'search') return parseSearch(name, keyNode, entry.value, reader);
  reader.addProblem(entry.keyNode, `column "${name}": unknown class "${entry.key}"`);
  return undefined;
}

function parseValue(name: string, keyNode: Node, node: Node | null, reader: PolicyReader): Mask | undefined {
  const value = readScalar(node);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { kind: 'value', value };
  }
  reader.addProblem(
    keyNode,
    `column "${name}": value must be a text, a number, true or false; for null write null`,
  );
  return undefined;
}

function parseJson(name: string, node: Node | null, reader: PolicyReader): Mask {
  const paths = readEntries(node, `json of column "${name}"`, reader).flatMap((entry): JsonPath[] => {
    const path = entry.key.split('.');
    const mask = parseMask(`${name} -> ${entry.key}`, entry.keyNode, entry.value, reader);
    if (mask === undefined) return [];
    if (mask.kind === 'keep' || mask.kind === 'shuffle' || mask.kind === 'json' || mask.kind === 'search') {
      reader.addProblem(entry.keyNode, `"${entry.key}" in a JSON document cannot be ${mask.kind}`);
      return [];
    }
    return [{ path, mask }];
  });
  return { kind: 'json', paths };
}

function parseSearch(name: string, keyNode: Node, node: Node | null, reader: PolicyReader): Mask | undefined {
  const entries = new Map(
    readEntries(node, `search of column "${name}"`, reader).map((entry) => [entry.key, entry]),
  );
  const config = readScalar(entries.get('config')?.value ?? null);
  const list = entries.get('columns')?.value;
  const columns = isSeq(list) ? list.items.map((item) => String(isScalar(item) ? item.value : item)) : [];
  if (typeof config === 'string' && columns.length > 0) return { kind: 'search', config, columns };
  reader.addProblem(keyNode, `column "${name}": search needs config, such as english, and a list of columns`);
  return undefined;
}
