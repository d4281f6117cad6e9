// The poller. The SDK's waiters hang on several final failures and back off to half an hour, so this one is our own.
import { setTimeout as sleep } from 'node:timers/promises';
import { FactoryError } from '../errors.ts';
import { makeInterruptedError } from './errors.ts';

/** How a look turned out. `failed` ends the wait at once. */
export type Look<T> =
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'pending'; readonly detail: string }
  | { readonly state: 'failed'; readonly detail: string };

export interface WaitOptions {
  /** What is waited for, such as `cluster shop-alice`. */
  readonly phase: string;
  /** Of `performance.now()`. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Told each time the detail changes. */
  readonly onChange?: ((detail: string) => void) | undefined;
}

const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 15_000;

/** Looks again and again, the rarer the longer it takes: about 5 % of the time waited so far is lost at most. */
export async function waitUntil<T>(look: () => Promise<Look<T>>, options: WaitOptions): Promise<T> {
  const startMs = performance.now();
  let last = '';
  for (;;) {
    const outcome = await look();
    if (outcome.state === 'ready') return outcome.value;
    if (outcome.state === 'failed') {
      throw new FactoryError('OPERATION_FAILED', `${options.phase}: ${outcome.detail}`);
    }
    if (outcome.detail !== last) options.onChange?.(outcome.detail);
    last = outcome.detail;
    const nowMs = performance.now();
    if (nowMs >= options.deadlineMs) throw makeTimeoutError(options.phase, last, nowMs - startMs);
    await pause(Math.min(getDelayMs(nowMs - startMs), options.deadlineMs - nowMs), options);
  }
}

export function getDelayMs(waitedMs: number): number {
  return Math.min(LONGEST_DELAY_MS, Math.max(FIRST_DELAY_MS, waitedMs * 0.05));
}

async function pause(delayMs: number, { phase, signal }: WaitOptions): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw makeInterruptedError(`waiting for ${phase}`);
  }
}

function makeTimeoutError(phase: string, detail: string, waitedMs: number): FactoryError {
  const seconds = Math.round(waitedMs / 1000);
  return new FactoryError('TIMED_OUT', `${phase} was not ready after ${seconds} s: ${detail}`);
}
