// Whether what was found under a copy's name is the copy's.
import { FactoryError } from '../errors.ts';
import type { Found } from './step.ts';

/** `check` throws REFUSED for what is not ours; that it is the source is never swallowed. */
export function findOwned<T>(thing: T | undefined, check: (thing: T) => unknown): Found {
  if (thing === undefined) return 'missing';
  try {
    check(thing);
    return 'ours';
  } catch (error) {
    if (error instanceof FactoryError && error.code === 'REFUSED') return 'foreign';
    throw error;
  }
}
