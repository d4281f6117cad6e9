// Waits for server processes and ends them. Signals mean what they mean to PostgreSQL.
// https://www.postgresql.org/docs/current/server-shutdown.html
import { FactoryError } from '../../errors.ts';
import type { ServerRecord } from '../records.ts';
import { isProcessAlive, signalProcess } from './processes.ts';

/** Fast: sessions are ended, everything is written. Immediate: recovery at the next start. Then by force. */
const STOP_SIGNALS = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
] as const;
const WATCH_INTERVAL_MS = 100;

/** Resolves when a process that is no child of ours is gone. */
export async function watchProcess(record: ServerRecord): Promise<void> {
  while (await isProcessAlive(record)) {
    await new Promise((resolve) => setTimeout(resolve, WATCH_INTERVAL_MS).unref());
  }
}

/** `ended` has resolved when it resolves: what the process left is gone, too. */
export async function endProcess(record: ServerRecord, ended: Promise<void>): Promise<void> {
  for (const [signal, timeoutMs] of STOP_SIGNALS) {
    if (!(await isProcessAlive(record)) || !signalProcess(record.pid, signal)) return await ended;
    if (await isSettledWithin(waitForEnd(record, ended), timeoutMs)) return await ended;
  }
  throw new FactoryError('ENGINE_FAILED', `process ${record.pid} cannot be stopped`);
}

/** Looks often at first: a server ends in a few milliseconds, and `ended` may look seldom. */
async function waitForEnd(record: ServerRecord, ended: Promise<void>): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (let pauseMs = 2; !isOver && (await isProcessAlive(record)); pauseMs = Math.min(pauseMs * 1.5, 100)) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, pauseMs))]);
  }
}

async function isSettledWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  return await Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}
