// The one time in an image: SOURCE_DATE_EPOCH, else the epoch, so that building again gives the same image.
// https://reproducible-builds.org/specs/source-date-epoch/
import { FactoryError } from '../errors.ts';

const MAX_SECONDS = 253402300799; // the end of the year 9999, which RFC 3339 ends with

export function getCreated(env: NodeJS.ProcessEnv): string {
  const text = env['SOURCE_DATE_EPOCH'] ?? '0';
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > MAX_SECONDS) {
    throw new FactoryError('BAD_INVOCATION', `SOURCE_DATE_EPOCH="${text}" is not a number of seconds`);
  }
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
