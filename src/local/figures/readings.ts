// Readings that cost milliseconds each, such as sizes of folders: taken a few at a time, and kept for a while.
import { makeLimit } from '../reconcile/turns.ts';

export interface Readings<K, T> {
  /** Taken now, unless it was a moment ago. */
  get(key: K): Promise<T | undefined>;
  /** The last one, at once; one that is old or missing is taken for the next time. */
  peek(key: K): T | undefined;
  /** The last one, however old; takes none. */
  last(key: K): T | undefined;
  /** Forgets those of everything else. */
  keepOnly(keys: readonly K[]): void;
}

interface Reading<T> {
  readonly atMs: number;
  readonly taken: Promise<T | undefined>;
  last: T | undefined;
}

const AT_A_TIME = 16;
const MOMENT_MS = 2_000;
const OLD_MS = 60_000;

/** What cannot be read is undefined. */
export function makeReadings<K, T>(read: (key: K) => Promise<T | undefined>): Readings<K, T> {
  const kept = new Map<K, Reading<T>>();
  const limit = makeLimit(AT_A_TIME);
  const take = (key: K): Reading<T> => {
    const taken = limit(async () => await read(key).catch(() => undefined));
    const reading: Reading<T> = { atMs: Date.now(), taken, last: kept.get(key)?.last };
    void taken.then((found) => {
      reading.last = found;
    });
    kept.set(key, reading);
    return reading;
  };
  const isYounger = (key: K, ageMs: number): boolean => (kept.get(key)?.atMs ?? 0) > Date.now() - ageMs;
  return {
    async get(key) {
      const found = isYounger(key, MOMENT_MS) ? kept.get(key) : undefined;
      return await (found ?? take(key)).taken;
    },
    peek(key) {
      const { last } = kept.get(key) ?? {};
      if (!isYounger(key, OLD_MS)) take(key);
      return last;
    },
    last: (key) => kept.get(key)?.last,
    keepOnly(keys) {
      const wanted = new Set(keys);
      for (const key of [...kept.keys()]) if (!wanted.has(key)) kept.delete(key);
    },
  };
}
