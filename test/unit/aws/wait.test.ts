import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getDelayMs, type Look, waitUntil } from '../../../src/aws/wait.ts';

const soon = () => performance.now() + 5000;

function lookThrough(looks: readonly Look<string>[]): () => Promise<Look<string>> {
  let next = 0;
  return async () => looks[Math.min(next++, looks.length - 1)] as Look<string>;
}

describe('waiting', () => {
  test('ends with the value as soon as it is ready', async () => {
    const look = lookThrough([
      { state: 'pending', detail: 'creating' },
      { state: 'ready', value: 'done' },
    ]);
    expect(await waitUntil(look, { phase: 'x', deadlineMs: soon() })).toBe('done');
  });

  test('ends at once when it has failed for good', async () => {
    const look = lookThrough([{ state: 'failed', detail: 'its status is cloning-failed' }]);
    await expect(waitUntil(look, { phase: 'cluster x', deadlineMs: soon() })).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      message: 'cluster x: its status is cloning-failed',
    });
  });

  test('tells each change of what it waits for once', async () => {
    const details: string[] = [];
    const look = lookThrough([
      { state: 'pending', detail: 'creating' },
      { state: 'pending', detail: 'creating' },
      { state: 'pending', detail: 'modifying' },
      { state: 'ready', value: '' },
    ]);
    await waitUntil(look, { phase: 'x', deadlineMs: soon(), onChange: (detail) => details.push(detail) });
    expect(details).toEqual(['creating', 'modifying']);
  });

  test('at the deadline it says what it saw last', async () => {
    const look = lookThrough([{ state: 'pending', detail: 'status creating' }]);
    const waiting = waitUntil(look, { phase: 'cluster x', deadlineMs: performance.now() + 30 });
    await expect(waiting).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining('status creating'),
    });
  });

  test('stops when it is interrupted, in the middle of a pause', async () => {
    const controller = new AbortController();
    const look = lookThrough([{ state: 'pending', detail: 'creating' }]);
    const waiting = waitUntil(look, {
      phase: 'x',
      deadlineMs: soon(),
      signal: controller.signal,
      onChange: () => controller.abort(),
    });
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test('looks often at first and never loses more than a twentieth of the time, or 15 seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7_200_000 }), (waitedMs) => {
        const delayMs = getDelayMs(waitedMs);
        expect(delayMs).toBeGreaterThanOrEqual(20);
        expect(delayMs).toBeLessThanOrEqual(Math.max(20, Math.min(15_000, waitedMs / 20)) + 1e-6);
      }),
    );
  });
});
