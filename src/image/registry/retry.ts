// Decides what is worth another try: refusals for the moment and broken connections, never a clear no.
import { setTimeout as sleep } from 'node:timers/promises';
import { FactoryError } from '../../errors.ts';

export interface RetryOptions {
  readonly tries: number;
  /** Before the second try; doubled each time. */
  readonly firstDelayMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { tries: 5, firstDelayMs: 500 };
const MAX_DELAY_MS = 60_000;

/** An answer that asks to come back later. */
export class BusyError extends FactoryError {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs: number | undefined) {
    super('STORE_FAILED', message);
    this.retryAfterMs = retryAfterMs;
  }
}

export async function retry<T>(
  options: RetryOptions,
  work: () => Promise<T>,
  isWorthIt: (error: unknown) => boolean = isTransient,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried >= options.tries || !isWorthIt(error)) throw error;
      await sleep(getDelayMs(error, tried, options));
    }
  }
}

export function isBusyStatus(status: number): boolean {
  return status === 429 || status === 408 || status >= 500;
}

/** Seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
export function parseRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_DELAY_MS);
}

/** A name that does not resolve or a certificate that is not trusted will not be better in a second. */
export function isTransient(error: unknown): boolean {
  if (error instanceof BusyError) return true;
  if (!(error instanceof FactoryError) || error.code !== 'NETWORK_FAILED') return false;
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  return !/ENOTFOUND|ECONNREFUSED|CERT|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO/.test(code);
}

function getDelayMs(error: unknown, tried: number, options: RetryOptions): number {
  if (error instanceof BusyError && error.retryAfterMs !== undefined) return error.retryAfterMs;
  return Math.min(options.firstDelayMs * 2 ** (tried - 1), MAX_DELAY_MS);
}
