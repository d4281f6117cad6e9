// Doing what AWS refuses while something is busy or in use: it lets go of clusters, addresses and interfaces late.
import { findCluster } from '../aws/rds.ts';
import { type Look, type WaitOptions, waitUntil } from '../aws/wait.ts';
import { type ErrorCode, FactoryError } from '../errors.ts';
import type { Job } from './step.ts';

/** Repeats `change` while AWS answers that the thing is busy. */
export async function changeWhenFree(job: Job, phase: string, change: () => Promise<void>): Promise<void> {
  const look = async (): Promise<Look<true>> => {
    try {
      await change();
      return { state: 'ready', value: true };
    } catch (error) {
      if (!(error instanceof FactoryError) || error.code !== 'CONFLICT') throw error;
      return { state: 'pending', detail: withoutRequestId(error.message) };
    }
  };
  await waitUntil(look, makeWaitOptions(job, phase));
}

/** Every try has another, which would make every try look like news. */
function withoutRequestId(message: string): string {
  return message.replace(/, request [^)]*\)/, ')');
}

/** The same for removing, where gone already is fine. Of several that remove one thing, true for the one that did it. */
export async function removeWhenFree(
  job: Job,
  phase: string,
  remove: () => Promise<boolean>,
): Promise<boolean> {
  let isOurs = false;
  await changeWhenFree(job, `remove ${phase}`, async () => {
    isOurs = await falseAt(['NOT_FOUND'], remove);
  });
  return isOurs;
}

/** Once, for something that the cluster uses until it is gone itself. */
export async function removeIfFree(job: Job, remove: () => Promise<boolean>): Promise<boolean> {
  if ((await findCluster(job.aws, job.name)) !== undefined) return false;
  return await falseAt(['NOT_FOUND', 'CONFLICT'], remove);
}

async function falseAt(codes: readonly ErrorCode[], remove: () => Promise<boolean>): Promise<boolean> {
  return await remove().catch((error: unknown) => {
    if (!(error instanceof FactoryError) || !codes.includes(error.code)) throw error;
    return false;
  });
}

export function makeWaitOptions(job: Job, phase: string): WaitOptions {
  return {
    phase,
    deadlineMs: job.deadlineMs,
    signal: job.signal,
    onChange: (detail) => job.progress({ type: 'phase', phase, state: 'waiting', detail }),
  };
}
