// What goes wrong when files are written: a full disk is said to be one.
import { FactoryError, getMessage, wrapError } from '../errors.ts';

export function wrapWriteError(doing: string, error: unknown): FactoryError {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof FactoryError || (code !== 'ENOSPC' && code !== 'EDQUOT')) {
    return wrapError(doing, error, 'STORE_FAILED');
  }
  return new FactoryError('DISK_FULL', `${doing}: ${getMessage(error)}`, {
    hint: 'Make room on that disk, or write to another one, and give the same command again.',
    cause: error,
  });
}
