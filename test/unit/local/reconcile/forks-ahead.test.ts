import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeForksAhead } from '../../../../src/local/reconcile/forks-ahead.ts';
import type { StorageDriver } from '../../../../src/local/storage/driver.ts';

const GOLDEN = { id: 'golden-1', owner: 'cluster-1', contentKey: 'a', readFirst: ['base/1/table'] };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Volumes by their names, with what each was made of. */
function makeDriver() {
  const volumes = new Map<string, string>();
  const calls: string[] = [];
  const state = { isFull: false };
  const driver = {
    async forkGolden(goldenId: string, volumeId: string, _isLast: boolean, readFirst: readonly string[]) {
      calls.push(`fork ${volumeId.replace(/-.*/, '')}`);
      await Promise.resolve();
      if (state.isFull) throw new Error('no space left');
      volumes.set(volumeId, `${goldenId} ${readFirst.join()}`);
    },
    async openVolume(id: string, isDurable: boolean) {
      calls.push(`open ${id.replace(/-.*/, '')}${isDurable ? ' durable' : ''}`);
    },
    async closeVolume(id: string) {
      calls.push(`close ${id.replace(/-.*/, '')}`);
    },
    async rename(id: string, newId: string) {
      calls.push('rename');
      volumes.set(newId, volumes.get(id) ?? 'nothing');
      volumes.delete(id);
    },
    async remove(id: string) {
      volumes.delete(id);
    },
  } as unknown as StorageDriver;
  return { driver, volumes, calls, state };
}

test('the second clone takes over what was made after the first', async () => {
  const { driver, volumes, calls } = makeDriver();
  const ahead = makeForksAhead(driver);
  await ahead.fork(GOLDEN, 'one', false);
  await vi.advanceTimersByTimeAsync(1000);
  await ahead.fork(GOLDEN, 'two', false);
  expect(calls).toEqual(['fork one', 'fork ahead', 'open ahead', 'rename']);
  expect(Object.fromEntries(volumes)).toEqual({ one: 'golden-1 base/1/table', two: 'golden-1 base/1/table' });
});

test('many at once each get their own, and one is ready afterwards', async () => {
  const { driver, volumes, calls } = makeDriver();
  const ahead = makeForksAhead(driver);
  await ahead.fork(GOLDEN, 'first', false);
  await vi.advanceTimersByTimeAsync(1000);
  const names = Array.from({ length: 5 }, (_, index) => `copy${index}`);
  await Promise.all(names.map(async (name) => await ahead.fork(GOLDEN, name, false)));
  await vi.advanceTimersByTimeAsync(1000);
  expect(names.filter((name) => !volumes.has(name))).toEqual([]);
  expect(calls.filter((call) => call === 'rename')).toHaveLength(1);
  expect([...volumes.keys()].filter((name) => name.startsWith('ahead-'))).toHaveLength(1);
});

test('whoever comes while it is being made waits for it', async () => {
  const { driver, volumes, calls } = makeDriver();
  const ahead = makeForksAhead(driver);
  await ahead.fork(GOLDEN, 'one', false);
  vi.advanceTimersByTime(1000);
  await ahead.fork(GOLDEN, 'two', false);
  expect(calls).toEqual(['fork one', 'fork ahead', 'open ahead', 'rename']);
  expect([...volumes.keys()]).toEqual(['one', 'two']);
});

test('one that must survive a power cut is opened anew', async () => {
  const { driver, calls } = makeDriver();
  const ahead = makeForksAhead(driver);
  await ahead.fork(GOLDEN, 'one', true);
  await vi.advanceTimersByTimeAsync(1000);
  await ahead.fork(GOLDEN, 'two', true);
  expect(calls).toEqual(['fork one', 'fork ahead', 'open ahead', 'close ahead', 'rename']);
});

test('one that could not be made is in nobody’s way', async () => {
  const { driver, volumes, state } = makeDriver();
  const ahead = makeForksAhead(driver);
  await ahead.fork(GOLDEN, 'one', false);
  state.isFull = true;
  await vi.advanceTimersByTimeAsync(1000);
  await expect(ahead.fork(GOLDEN, 'two', false)).rejects.toThrow('no space left');
  state.isFull = false;
  await ahead.fork(GOLDEN, 'three', false);
  expect([...volumes.keys()]).toEqual(['one', 'three']);
});

test('it goes with its golden, made or not', async () => {
  const { driver, volumes } = makeDriver();
  const ahead = makeForksAhead(driver);
  for (const waitMs of [10, 1000]) {
    await ahead.fork(GOLDEN, 'one', false);
    await vi.advanceTimersByTimeAsync(waitMs);
    await ahead.drop(GOLDEN.id);
    await vi.advanceTimersByTimeAsync(1000);
    expect([...volumes.keys()]).toEqual(['one']);
  }
});

test('none is begun once it is closed', async () => {
  const { driver, volumes } = makeDriver();
  const ahead = makeForksAhead(driver);
  await ahead.fork(GOLDEN, 'one', false);
  await ahead.close();
  await vi.advanceTimersByTimeAsync(1000);
  expect([...volumes.keys()]).toEqual(['one']);
});
