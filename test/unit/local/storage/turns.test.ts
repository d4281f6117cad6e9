import { expect, it } from 'vitest';
import { makeTurns } from '../../../../src/local/storage/turns.ts';

function makeGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

it('does work that shares a key in the order of the calls', async () => {
  const inTurn = makeTurns();
  const gate = makeGate();
  const done: string[] = [];
  const first = inTurn(['a', 'b'], async () => {
    await gate.opened;
    done.push('first');
  });
  const second = inTurn(['b', 'c'], async () => void done.push('second'));
  const third = inTurn(['c'], async () => void done.push('third'));
  await inTurn(['d'], async () => void done.push('other'));
  gate.open();
  await Promise.all([first, second, third]);
  expect(done).toEqual(['other', 'first', 'second', 'third']);
});

it('goes on after a failure, and hands it to its caller alone', async () => {
  const inTurn = makeTurns();
  const failed = inTurn(['a'], async () => {
    throw new Error('no room');
  });
  const next = inTurn(['a'], async () => 'done');
  await expect(failed).rejects.toThrow('no room');
  expect(await next).toBe('done');
});
