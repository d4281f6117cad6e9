// Describes the parameters of an action and decodes a query by that description into typed input.
// Knows no single action; what values mean is checked by the actions.
import { Fault, missingParameter } from './faults.ts';
import { listItems, type QueryNode } from './http/query.ts';

type Scalar = 'text' | 'integer' | 'number' | 'boolean' | 'time';

export type Shape =
  | { readonly kind: Scalar; readonly required?: boolean }
  | { readonly kind: 'list'; readonly itemName: string; readonly item: Shape; readonly required?: boolean }
  | { readonly kind: 'structure'; readonly members: Members; readonly required?: boolean };

/** Parameters by their name on the wire. */
export type Members = { readonly [name: string]: Shape };

type ValueOf<S extends Shape> = S extends { kind: 'list'; item: infer I extends Shape }
  ? readonly ValueOf<I>[]
  : S extends { kind: 'structure'; members: infer M extends Members }
    ? Input<M>
    : { text: string; integer: number; number: number; boolean: boolean; time: Date }[S['kind'] & Scalar];

type RequiredNames<M extends Members> = {
  [K in keyof M]: M[K] extends { required: true } ? K : never;
}[keyof M];

/** What an action gets: the description's names with values of its types. */
export type Input<M extends Members> = {
  readonly [K in RequiredNames<M>]: ValueOf<M[K]>;
} & {
  readonly [K in Exclude<keyof M, RequiredNames<M>>]?: ValueOf<M[K]> | undefined;
};

export const text = { kind: 'text' } as const;
export const integer = { kind: 'integer' } as const;
export const number = { kind: 'number' } as const;
export const boolean = { kind: 'boolean' } as const;
export const time = { kind: 'time' } as const;

export function list<const I extends Shape>(itemName: string, item: I) {
  return { kind: 'list', itemName, item } as const;
}

export function structure<const M extends Members>(members: M) {
  return { kind: 'structure', members } as const;
}

export function required<const S extends Shape>(shape: S) {
  return { ...shape, required: true } as const;
}

/** Names that every request may have beside the action's own. */
const PROTOCOL_NAMES = ['Action', 'Version'];

export function decodeInput<M extends Members>(
  members: M,
  query: QueryNode,
  refuse: (name: string) => Fault,
): Input<M> {
  for (const name of query.children.keys()) {
    const isSignature = name.startsWith('X-Amz-');
    if (!Object.hasOwn(members, name) && !isSignature && !PROTOCOL_NAMES.includes(name)) throw refuse(name);
  }
  return decodeMembers(members, query, '') as Input<M>;
}

function decodeMembers(members: Members, query: QueryNode, path: string): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(members)) {
    const node = query.children.get(name);
    if (node !== undefined) input[name] = decodeValue(shape, node, `${path}${name}`);
    if (shape.required && (input[name] === undefined || input[name] === '')) {
      throw missingParameter(`${path}${name}`);
    }
  }
  return input;
}

function decodeValue(shape: Shape, node: QueryNode, path: string): unknown {
  if (shape.kind === 'structure') return decodeMembers(shape.members, node, `${path}.`);
  if (shape.kind === 'list') {
    return listItems(node, shape.itemName).map((item, i) =>
      decodeValue(shape.item, item, `${path}.${shape.itemName}.${i + 1}`),
    );
  }
  return node.value === undefined ? undefined : decodeScalar(shape.kind, node.value, path);
}

function decodeScalar(kind: Scalar, value: string, path: string): unknown {
  if (kind === 'text') return value;
  if (kind === 'boolean' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  if (kind === 'integer' && /^[+-]?\d{1,10}$/.test(value)) return Number(value);
  if (kind === 'number' && /^[+-]?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (kind === 'time' && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value))) {
    return new Date(value);
  }
  throw new Fault('MalformedInput', `The value of the parameter ${path} is not a valid ${kind}.`);
}
