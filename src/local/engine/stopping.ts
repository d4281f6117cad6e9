// Waits for server processes and ends them.
import { FactoryError } from '../../errors.ts';
import { isProcessAlive, signalProcess } from '../processes.ts';
import type { ServerRecord } from '../records.ts';

/** One after another, each with the time that it gets. */
export type StopSignals = readonly (readonly [NodeJS.Signals, number])[];

/**
 * Fast: sessions are ended, everything is written. Immediate: recovery at the next start. Then by force.
 * https://www.postgresql.org/docs/current/server-shutdown.html
 */
const POSTGRES_SIGNALS: StopSignals = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];
const WATCH_INTERVAL_MS = 100;

/** Resolves when a process that is no child of ours is gone. */
export async function watchProcess(record: ServerRecord): Promise<void> {
  while (await isProcessAlive(record)) {
    await new Promise((resolve) => setTimeout(resolve, WATCH_INTERVAL_MS).unref());
  }
}

/** `ended` has resolved when it resolves: what the process left is gone, too. */
export async function endProcess(
  record: ServerRecord,
  ended: Promise<void>,
  signals = POSTGRES_SIGNALS,
): Promise<void> {
  for (const [signal, timeoutMs] of signals) {
    if (!(await isProcessAlive(record)) || !signalProcess(record.pid, signal)) return await keepAwake(ended);
    if (await isSettledWithin(waitForEnd(record, ended), timeoutMs)) return await keepAwake(ended);
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

/** A server that is only watched does not keep this process alive; somebody who waits for its end does. */
async function keepAwake(work: Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, 1000);
  await work.finally(() => clearInterval(timer));
}

async function isSettledWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  return await Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}
