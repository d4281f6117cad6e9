// Reads pieces of a YAML document and collects problems with their lines. Knows no policy.
import { isAlias, isMap, isScalar, type Node, type Pair, type YAMLMap } from 'yaml';

/** Collects problems with their place, so that a policy is corrected in one go. */
export interface PolicyReader {
  getLine(node: unknown): number;
  addProblem(node: unknown, sentence: string): void;
}

export interface PolicyEntry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

/** The pairs of a map; anything else is a problem. */
export function readEntries(node: Node | null, what: string, reader: PolicyReader): PolicyEntry[] {
  if (!isMap(node)) {
    reader.addProblem(node, `${what} must be a map`);
    return [];
  }
  return (node as YAMLMap<Node, Node | null>).items.map((pair: Pair<Node, Node | null>) => {
    if (isAlias(pair.value)) reader.addProblem(pair.value, 'aliases are not supported here');
    return {
      key: String(isScalar(pair.key) ? pair.key.value : pair.key),
      keyNode: pair.key,
      value: pair.value,
    };
  });
}

export function readScalar(node: Node | null): unknown {
  return isScalar(node) ? node.value : undefined;
}

export function readText(entry: PolicyEntry | undefined, reader: PolicyReader): string | undefined {
  if (entry === undefined) return undefined;
  const value = readScalar(entry.value);
  if ((typeof value === 'string' && value.trim() !== '') || typeof value === 'number') return String(value);
  reader.addProblem(entry.keyNode, `${entry.key} must be a text`);
  return undefined;
}

export function readChoice<T extends string>(
  entry: PolicyEntry | undefined,
  choices: readonly T[],
  reader: PolicyReader,
): T | undefined {
  if (entry === undefined) return undefined;
  const found = choices.find((choice) => choice === readScalar(entry.value));
  if (found === undefined)
    reader.addProblem(entry.keyNode, `${entry.key} must be one of ${choices.join(', ')}`);
  return found;
}
