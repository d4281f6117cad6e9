// Garbage collection: removes copies that have expired. Runs from any machine, as often as one likes.
import { type AwsConnection, withSignal } from '../aws/connect.ts';
import { FactoryError, getMessage } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { destroyCopy } from './destroy.ts';
import { type Copy, listCopies } from './list.ts';

export interface CollectOptions {
  readonly isDryRun: boolean;
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutSeconds?: number | undefined;
}

export interface Collected {
  readonly copy: Copy;
  /** `due`: it would be removed, but this is a dry run. */
  readonly outcome: 'removed' | 'due' | 'protected' | 'failed';
  readonly error?: FactoryError | undefined;
}

const TIMEOUT_SECONDS = 3600;

/** What has expired and what became of it. One that cannot be removed does not keep the others. */
export async function collectCopies(
  aws: AwsConnection,
  options: CollectOptions,
  progress: Progress,
): Promise<Collected[]> {
  const copies = await listCopies(withSignal(aws, options.signal));
  const expired = copies.filter((copy) => isExpired(copy, options.nowMs));
  return await Promise.all(expired.map(async (copy) => await collect(aws, copy, options, progress)));
}

export function isExpired({ expiresAt }: Copy, nowMs: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs;
}

async function collect(
  aws: AwsConnection,
  copy: Copy,
  { isDryRun, nowMs, signal, timeoutSeconds = TIMEOUT_SECONDS }: CollectOptions,
  progress: Progress,
): Promise<Collected> {
  if (copy.protectedUntil !== undefined && Date.parse(copy.protectedUntil) > nowMs) {
    return { copy, outcome: 'protected' };
  }
  if (isDryRun) return { copy, outcome: 'due' };
  try {
    await destroyCopy(aws, copy.name, { waits: true, nowMs, signal, timeoutSeconds }, progress);
    return { copy, outcome: 'removed' };
  } catch (error) {
    const known =
      error instanceof FactoryError ? error : new FactoryError('BUG', getMessage(error), { cause: error });
    if (known.code === 'INTERRUPTED') throw known;
    return { copy, outcome: 'failed', error: known };
  }
}
