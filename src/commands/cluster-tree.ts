// Puts clusters below those that they were forked from. Knows nothing of what else a cluster is.

export interface TreeLine<T> {
  readonly item: T;
  /** What goes before the name: branches of the tree. */
  readonly branch: string;
}

interface Node {
  readonly id: string;
  readonly sourceId: string | null;
}

/** Every item once, roots and siblings in the order of their names. */
export function makeTree<T extends Node>(items: readonly T[]): readonly TreeLine<T>[] {
  const ids = new Set(items.map(({ id }) => id));
  const sorted = [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
  const listBelow = (parent: string | null): T[] =>
    sorted.filter(({ sourceId }) => (sourceId !== null && ids.has(sourceId) ? sourceId : null) === parent);
  const walk = (parent: string, indent: string): TreeLine<T>[] =>
    listBelow(parent).flatMap((item, at, siblings) => {
      const isLast = at === siblings.length - 1;
      const line = { item, branch: `${indent}${isLast ? '└─ ' : '├─ '}` };
      return [line, ...walk(item.id, `${indent}${isLast ? '   ' : '│  '}`)];
    });
  return listBelow(null).flatMap((item) => [{ item, branch: '' }, ...walk(item.id, '')]);
}
