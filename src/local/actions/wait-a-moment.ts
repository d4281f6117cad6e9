// Lets an answer about one thing wait while that is about to be ready: looking again and again costs the processors that
// its server starts on, and the waiters of SDKs look again only after half a minute.
import type { ActionContext } from './action.ts';

const LONGEST_MS = 1_000;
const MOVING = /ing(-master-credentials)?$/;

export async function waitWhileMoving(
  { databases }: ActionContext,
  clusterId: string,
  findStatus: () => string | undefined,
): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  while (MOVING.test(findStatus() ?? '')) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0 || !(await databases.waitForChange(clusterId, leftMs))) return;
  }
}
