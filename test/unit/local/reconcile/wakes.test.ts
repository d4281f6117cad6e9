import { describe, expect, test } from 'vitest';
import { makeTurns } from '../../../../src/local/reconcile/turns.ts';
import { makeWakes } from '../../../../src/local/reconcile/wakes.ts';

function makeTest(keys: Map<string, string>) {
  const turns = makeTurns();
  const seen: string[] = [];
  const lines: string[] = [];
  let work = async (_id: string): Promise<void> => {};
  const wakes = makeWakes({
    turns,
    findTurn: (id) => keys.get(id),
    async reconcile(id) {
      seen.push(`${id} ${keys.get(id)}`);
      await work(id);
    },
    log: (line) => lines.push(line),
  });
  const setWork = (change: typeof work) => {
    work = change;
  };
  return { turns, seen, lines, wakes, setWork };
}

describe('wakes', () => {
  test('what is woken twice before its turn is looked at once', async () => {
    const { turns, seen, wakes } = makeTest(new Map([['a', 'one']]));
    wakes.wake('a');
    wakes.wake('a');
    wakes.wake('gone');
    await turns.drain();
    expect(seen).toEqual(['a one']);
  });

  test('what is woken while it is looked at is looked at again', async () => {
    const { turns, seen, wakes, setWork } = makeTest(new Map([['a', 'one']]));
    setWork(async (id) => (seen.length === 1 ? wakes.wake(id) : undefined));
    wakes.wake('a');
    await turns.drain();
    expect(seen).toHaveLength(2);
  });

  test('what takes over a name is looked at in its own turn, never in that of its forerunner', async () => {
    const keys = new Map([['a', 'old']]);
    const { turns, seen, wakes } = makeTest(keys);
    const held = turns.take('old', async () => {
      wakes.wake('a');
      keys.set('a', 'new');
      wakes.wake('a');
    });
    await held;
    await turns.drain();
    expect(seen).toEqual(['a new']);
  });

  test('a failure is logged, and nothing is looked at after closing', async () => {
    const { turns, seen, lines, wakes, setWork } = makeTest(new Map([['a', 'one']]));
    setWork(async () => Promise.reject(new Error('no room')));
    wakes.wake('a');
    await turns.drain();
    wakes.close();
    wakes.wake('a');
    await turns.drain();
    expect(lines).toEqual(['a: no room']);
    expect(seen).toHaveLength(1);
  });
});
