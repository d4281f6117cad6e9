// Turns what file systems and their programs say into errors that name the place. Knows no driver.
import { FactoryError, getMessage } from '../../errors.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const FULL_TEXT = /no space left on device|disk quota exceeded/i;

/** The error to throw for `error`, which happened while `doing` something at `place`. */
export function explainFailure(doing: string, place: string, error: unknown): FactoryError {
  if (isDiskFull(error)) {
    return new FactoryError('DISK_FULL', `${doing}: no room is left on the disk of ${place}`, {
      hint: 'Free some room there, for example by destroying copies that are no longer needed.',
      cause: error,
    });
  }
  if (error instanceof FactoryError && error.code !== 'CHILD_FAILED') return error;
  return new FactoryError('STORAGE_FAILED', `${doing}: ${getMessage(error)} (in ${place})`, {
    hint: error instanceof FactoryError ? error.hint : undefined,
    cause: error,
  });
}

export function getErrno(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

function isDiskFull(error: unknown): boolean {
  return FULL.has(getErrno(error) ?? '') || FULL_TEXT.test(getMessage(error));
}
