import { expect, test } from 'vitest';
import { makeTree } from '../../../src/commands/cluster-tree.ts';

const draw = (items: readonly { readonly id: string; readonly sourceId: string | null }[]) =>
  makeTree(items).map(({ item, branch }) => `${branch}${item.id}`);

test('copies stand below what they were forked from, in the order of their names', () => {
  const items = [
    { id: 'shop-bob', sourceId: 'shop' },
    { id: 'bobs-test', sourceId: 'shop-bob' },
    { id: 'shop', sourceId: null },
    { id: 'shop-zoe', sourceId: 'shop' },
    { id: 'orders', sourceId: null },
  ];
  expect(draw(items)).toEqual(['orders', 'shop', '├─ shop-bob', '│  └─ bobs-test', '└─ shop-zoe']);
});

test('a copy whose source is gone stands by itself', () => {
  expect(draw([{ id: 'orphan', sourceId: 'gone' }])).toEqual(['orphan']);
});
