// Wakes whoever waits for the statuses of a cluster to move on. Knows keys, not records.

export interface Watchers {
  notify(key: string): void;
  /** Resolves at the next notice of the key, or when the time is over. */
  wait(key: string, timeoutMs: number): Promise<void>;
}

export function makeWatchers(): Watchers {
  const waiting = new Map<string, Set<() => void>>();
  return {
    notify(key) {
      for (const wake of waiting.get(key) ?? []) wake();
    },
    async wait(key, timeoutMs) {
      const wakes = waiting.get(key) ?? new Set();
      waiting.set(key, wakes);
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          wakes.delete(wake);
          if (wakes.size === 0) waiting.delete(key);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        wakes.add(wake);
      });
    },
  };
}
