// What an examination finds: one thing that was looked at, how it is, and what to do where it is not well.
import { FactoryError, getMessage } from '../../errors.ts';

/** `absent`: not there, which not everybody minds; `unknown`: it cannot be found out from here. */
export type FindingState = 'ok' | 'wrong' | 'absent' | 'unknown';

export interface Finding {
  readonly what: string;
  readonly state: FindingState;
  readonly detail: string;
  /** Undefined where all is well. */
  readonly hint?: string | undefined;
}

/** What a check throws is its finding, with the error's own hint. */
export async function examine(
  what: string,
  check: () => Promise<string>,
  otherwise: Exclude<FindingState, 'ok'> = 'wrong',
): Promise<Finding> {
  try {
    return { what, state: 'ok', detail: await check() };
  } catch (error) {
    const hint = error instanceof FactoryError ? error.hint : undefined;
    const state = error instanceof FactoryError && error.code === 'NOT_SUPPORTED' ? 'unknown' : otherwise;
    return { what, state, detail: getMessage(error), hint: hint ?? 'See docs/errors.md.' };
  }
}
