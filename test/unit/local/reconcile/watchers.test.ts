import { expect, test } from 'vitest';
import { makeWatchers } from '../../../../src/local/reconcile/watchers.ts';

const LONG_MS = 60_000;

test('everybody who waits for a key is woken by its next notice, and nobody else', async () => {
  const watchers = makeWatchers();
  const woken: string[] = [];
  const wait = async (name: string, key: string, timeoutMs: number) => {
    await watchers.wait(key, timeoutMs);
    woken.push(name);
  };
  const both = [wait('first', 'shop', LONG_MS), wait('second', 'shop', LONG_MS)];
  const other = wait('other', 'else', LONG_MS);
  watchers.notify('shop');
  await Promise.all(both);
  expect(woken.sort()).toEqual(['first', 'second']);
  watchers.notify('else');
  await other;
});

test('a notice that nobody waits for is forgotten, and a wait ends with its time', async () => {
  const watchers = makeWatchers();
  watchers.notify('shop');
  await watchers.wait('shop', 5);
});
