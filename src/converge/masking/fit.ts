// Which class fits which column, and which classes fit the two ends of a foreign key.
import type { FakeKind, Mask } from '../../artifact/masking-policy.ts';
import type { SqlFamily } from '../../sql/connect.ts';
import type { AddProblem, ColumnPlan, TablePlan } from './resolve-policy.ts';
import {
  type ColumnKind,
  type DatabaseSchema,
  type ForeignKey,
  formatTable,
  isSameTable,
  type TableInfo,
} from './schema.ts';

/** Characters that a fake needs when different values must stay different: 12 of them are a digest. */
const UNIQUE_LENGTH: Partial<Record<FakeKind, number>> = { email: 24, url: 32, phone: 22 };
const SHORTEST: Partial<Record<FakeKind, number>> = { email: 24, url: 32, phone: 14, ip: 15, card: 16 };
const HASHED: readonly ColumnKind[] = ['text', 'integer', 'number', 'uuid', 'bytes'];
/** Below this many bits, hashes of a million values are sure to collide. */
const ENOUGH_BITS = 60;

export function checkColumnFit(
  table: TableInfo,
  { column, mask, isUnique, maxLength }: ColumnPlan,
  family: SqlFamily,
  add: (sentence: string) => void,
): void {
  const place = `${formatTable(table)}.${column.name} (${column.type})`;
  if (mask.kind !== 'keep' && table.partitionKey.includes(column.name)) {
    add(`${place} decides on the partition and must be kept`);
  }
  if (mask.kind === 'null' && !column.isNullable) add(`${place} is NOT NULL and cannot be null`);
  if (mask.kind === 'value' && isUnique) add(`${place} is unique and cannot have one value`);
  if (mask.kind === 'hash') checkHash(place, column.kind, column.size, isUnique, add);
  if (mask.kind === 'fake') checkFake(place, mask.what, column.kind, isUnique, maxLength, add);
  if (mask.kind === 'json' && column.kind !== 'json') add(`${place} holds no JSON`);
  if (mask.kind === 'search' && column.kind !== 'tsvector') add(`${place} is no tsvector`);
  if (mask.kind === 'shuffle' && family === 'mysql' && (isUnique || table.primaryKey.length === 0)) {
    add(`${place}: MySQL can shuffle only columns that are not unique, of a table with a primary key`);
  }
}

function checkHash(
  place: string,
  kind: ColumnKind,
  size: number | undefined,
  isUnique: boolean,
  add: (sentence: string) => void,
): void {
  if (!HASHED.includes(kind)) {
    add(`${place} cannot hold a hash`);
    return;
  }
  const bits =
    kind === 'number' ? Math.floor((size ?? 18) * 3.32) : kind === 'text' ? (size ?? 32) * 4 : (size ?? 64);
  const hasRoom = kind === 'bytes' || kind === 'uuid' || bits >= ENOUGH_BITS - 1;
  if (isUnique && !hasRoom) add(`${place} is unique and too small for hashes that stay different; keep it`);
}

function checkFake(
  place: string,
  what: FakeKind,
  kind: ColumnKind,
  isUnique: boolean,
  maxLength: number | undefined,
  add: (sentence: string) => void,
): void {
  if (what === 'birth_date') {
    if (kind !== 'date' && kind !== 'timestamp') add(`${place} cannot hold a date`);
    else if (isUnique) add(`${place} is unique, and fake dates are not`);
    return;
  }
  if (kind !== 'text') {
    add(`${place} cannot hold a fake ${what}`);
    return;
  }
  if (isUnique && (what === 'ip' || what === 'card'))
    add(`${place} is unique, and a fake ${what} is not; use hash`);
  const needed = isUnique ? (UNIQUE_LENGTH[what] ?? 13) : (SHORTEST[what] ?? 1);
  if (maxLength !== undefined && maxLength < needed) {
    add(
      `${place} is too short for a${isUnique ? ' unique' : ''} fake ${what}, which takes ${needed} characters`,
    );
  }
}

/** A reference follows what it refers to: both ends have the same class, or the reference becomes null. */
export function checkKeyFit(schema: DatabaseSchema, plans: readonly TablePlan[], add: AddProblem): void {
  for (const key of schema.foreignKeys) {
    const from = plans.find(({ table }) => isSameTable(table, key.from));
    const to = plans.find(({ table }) => isSameTable(table, key.to));
    if (from === undefined || to === undefined || from.action === 'truncate') continue;
    if (to.action === 'truncate') {
      if (key.onDelete === 'other')
        add(undefined, `${describeKey(key)}: rows of a truncated table are referred to`);
      continue;
    }
    for (const [index, name] of key.fromColumns.entries()) checkPair(key, index, name, from, to, add);
  }
}

function checkPair(
  key: ForeignKey,
  index: number,
  name: string,
  from: TablePlan,
  to: TablePlan,
  add: AddProblem,
): void {
  const child = from.columns.find(({ column }) => column.name === name)?.mask;
  const parent = to.columns.find(({ column }) => column.name === key.toColumns[index])?.mask;
  if (child === undefined || parent === undefined || child.kind === 'null') return;
  if (parent.kind === 'shuffle' || (child.kind === 'shuffle' && parent.kind !== 'keep')) {
    add(undefined, `${describeKey(key)}: a key that is referred to cannot be shuffled`);
  } else if (child.kind !== 'shuffle' && !isSameMask(child, parent)) {
    add(undefined, `${describeKey(key)}: both ends need the same class, or the reference must be null`);
  }
}

function isSameMask(a: Mask, b: Mask): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function describeKey(key: ForeignKey): string {
  return `foreign key ${key.name} of ${formatTable(key.from)} (${key.fromColumns.join(', ')}) to ${formatTable(key.to)}`;
}
