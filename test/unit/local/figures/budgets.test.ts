import { expect, test } from 'vitest';
import {
  checkDisk,
  checkMemory,
  getMachineMemory,
  makeBudgets,
} from '../../../../src/local/figures/budgets.ts';

test('memory is most of the machine unless somebody says otherwise', () => {
  const { memoryBytes, diskBytes } = makeBudgets({});
  expect(memoryBytes / getMachineMemory()).toBeCloseTo(0.8);
  expect(diskBytes).toBeUndefined();
  expect(makeBudgets({ memoryBytes: 8e9, diskBytes: 50e9 })).toEqual({ memoryBytes: 8e9, diskBytes: 50e9 });
});

test('one more server is refused when it would go beyond the budget, with figures', () => {
  const budgets = { memoryBytes: 100e6, diskBytes: undefined };
  expect(() => checkMemory(budgets, 80e6, 16e6)).not.toThrow();
  expect(() => checkMemory(budgets, 90e6, 16e6)).toThrow('90 MB of 100 MB are in use');
});

test('one more server is refused when the machine itself has no room, whatever the budget', () => {
  const budgets = { memoryBytes: 1e18, diskBytes: undefined };
  expect(() => checkMemory(budgets, 0, getMachineMemory())).toThrow(/this machine has .* left/);
});

test('a volume is refused when the budget of disk is used up', async () => {
  const budgets = { memoryBytes: 1, diskBytes: 50e9 };
  await expect(checkDisk(budgets, 49e9, [])).resolves.toBeUndefined();
  await expect(checkDisk(budgets, 51e9, [])).rejects.toMatchObject({
    code: 'QUOTA_EXCEEDED',
    message: '51.0 GB of 50.0 GB are in use',
  });
});
