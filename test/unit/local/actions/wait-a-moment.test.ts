import { expect, test } from 'vitest';
import type { ActionContext } from '../../../../src/local/actions/action.ts';
import { waitWhileMoving } from '../../../../src/local/actions/wait-a-moment.ts';

/** The statuses that are found one after another; returns how often somebody waited. */
async function countWaits(statuses: (string | undefined)[], canWait = true): Promise<number> {
  let waits = 0;
  const waitForChange = async () => {
    waits++;
    return canWait;
  };
  const context = { databases: { waitForChange } } as unknown as ActionContext;
  await waitWhileMoving(context, 'shop', () => statuses.shift());
  return waits;
}

test('an answer waits for as long as the status moves', async () => {
  expect(await countWaits(['creating', 'modifying', 'available'])).toBe(2);
  expect(await countWaits(['resetting-master-credentials', 'available'])).toBe(1);
});

test('what stands still, or is gone, is answered at once', async () => {
  expect(await countWaits(['available'])).toBe(0);
  expect(await countWaits(['stopped'])).toBe(0);
  expect(await countWaits([undefined])).toBe(0);
});

test('nothing waits where statuses are to be seen for a while', async () => {
  expect(await countWaits(['creating', 'creating'], false)).toBe(1);
});
