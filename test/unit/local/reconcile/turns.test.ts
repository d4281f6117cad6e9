import { expect, test } from 'vitest';
import { makeLimit, makeTurns } from '../../../../src/local/reconcile/turns.ts';

function makeGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('work with one key runs in order, work with another does not wait', async () => {
  const turns = makeTurns();
  const gate = makeGate();
  const order: string[] = [];
  const first = turns.take('a', () => gate.opened.then(() => order.push('first')));
  const second = turns.take('a', async () => order.push('second'));
  await turns.take('b', async () => order.push('other'));
  gate.open();
  await Promise.all([first, second]);
  expect(order).toEqual(['other', 'first', 'second']);
});

test('a failure is its own and does not stop the next turn', async () => {
  const turns = makeTurns();
  const failing = turns.take('a', () => Promise.reject(new Error('no')));
  expect(await turns.take('a', async () => 'yes')).toBe('yes');
  await expect(failing).rejects.toThrow('no');
});

test('work whose turn does not come in time is never begun', async () => {
  const turns = makeTurns();
  const gate = makeGate();
  const order: string[] = [];
  const first = turns.take('a', () => gate.opened);
  await expect(turns.take('a', async () => order.push('late'), 1)).rejects.toThrow('waited 0.001 s for a');
  gate.open();
  await first;
  await turns.drain();
  expect(order).toEqual([]);
});

test('a limit lets so many run at a time, and the next when one ends', async () => {
  const limit = makeLimit(2);
  const gates = [makeGate(), makeGate(), makeGate()];
  const begun: number[] = [];
  const ends = gates.map((gate, at) =>
    limit(async () => {
      begun.push(at);
      await gate.opened;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  gates[1]?.open();
  await ends[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.open();
  await Promise.all(ends);
});
