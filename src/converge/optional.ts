// Checks that only may be possible: what cannot be found out becomes a warning.
import { isActionMissing } from '../aws/errors.ts';
import { FactoryError } from '../errors.ts';

/** Not every endpoint and not every caller can answer everything; that must not stop the work. */
export async function optional(doing: string, check: () => Promise<string[]>): Promise<string[]> {
  try {
    return await check();
  } catch (error) {
    const isUnknown =
      isActionMissing(error) ||
      (error instanceof FactoryError &&
        ['NOT_AUTHORIZED', 'NOT_SUPPORTED', 'AWS_FAILED'].includes(error.code));
    if (isUnknown) return [`could not ${doing}: ${(error as Error).message}`];
    throw error;
  }
}
