// The AWS query protocol: `Tags.member.1.Key=owner` as a tree of names and values. Knows no types and no action.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html

export interface QueryNode {
  readonly value?: string | undefined;
  readonly children: ReadonlyMap<string, QueryNode>;
}

interface OpenNode {
  value?: string;
  readonly children: Map<string, OpenNode>;
}

/** Parses a form body or a query string; a name that is given twice keeps its last value. */
export function parseQuery(form: string): QueryNode {
  const root: OpenNode = { children: new Map() };
  for (const [path, value] of new URLSearchParams(form)) {
    let node = root;
    for (const name of path.split('.')) {
      const next: OpenNode = node.children.get(name) ?? { children: new Map() };
      node.children.set(name, next);
      node = next;
    }
    node.value = value;
  }
  return root;
}

/** The value of a name at the top, such as `Action`. */
export function findValue(root: QueryNode, name: string): string | undefined {
  return root.children.get(name)?.value;
}

/**
 * Items of a list in the order of their numbers. RDS takes `Tags.member.1` and `Tags.Tag.1`, EC2 `Tag.1`.
 * An empty list arrives as a name with an empty value.
 */
export function listItems(node: QueryNode, itemName: string): readonly QueryNode[] {
  const items = node.children.get('member') ?? node.children.get(itemName) ?? node;
  return [...items.children]
    .filter(([name]) => /^\d+$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item);
}
