// Turns by key: work with the same key runs one after another, in the order of asking.
import { FactoryError } from '../../errors.ts';

export interface Turns {
  /** Throws TIMED_OUT when its turn does not come in time; the work is not begun then. */
  take<T>(key: string, work: () => Promise<T>, timeoutMs?: number): Promise<T>;
  /** Resolves when everything that was asked for until now has ended. */
  drain(): Promise<void>;
}

export function makeTurns(): Turns {
  const lasts = new Map<string, Promise<unknown>>();
  return {
    async take(key, work, timeoutMs) {
      const before = lasts.get(key) ?? Promise.resolve();
      let isLate = false;
      const turn = before.then(async () => (isLate ? undefined : await work()));
      const last = turn.catch(() => {});
      lasts.set(key, last);
      void last.then(() => lasts.get(key) === last && lasts.delete(key));
      if (timeoutMs !== undefined) {
        isLate = await isOverdue(before, timeoutMs);
        if (isLate) throw new FactoryError('TIMED_OUT', `waited ${timeoutMs / 1000} s for ${key}`);
      }
      return (await turn) as Awaited<ReturnType<typeof work>>;
    },
    async drain() {
      while (lasts.size > 0) await Promise.all(lasts.values());
    },
  };
}

async function isOverdue(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), timeoutMs);
  });
  return await Promise.race([work.then(() => false), late]).finally(() => clearTimeout(timer));
}

/** At most so many pieces of work at a time; the others wait in the order of asking. */
export function makeLimit(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
