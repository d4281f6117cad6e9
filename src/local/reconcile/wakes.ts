// Wakes what is to be reconciled: one piece of work at a time for each, again after a while when it failed, none after
// closing. Knows neither clusters nor snapshots.
import { getMessage } from '../../errors.ts';
import type { Turns } from './turns.ts';

const RETRY_MS = 2_000;

export interface Wakes {
  /** Does nothing for what is not there, or is to be looked at soon anyway. */
  wake(id: string): void;
  wakeIn(id: string, delayMs: number): void;
  close(): void;
}

export interface WakeOptions {
  readonly turns: Turns;
  /** The key of the turn that it takes; undefined when it is gone. */
  readonly findTurn: (id: string) => string | undefined;
  readonly reconcile: (id: string) => Promise<void>;
  readonly log: (line: string) => void;
}

export function makeWakes({ turns, findTurn, reconcile, log }: WakeOptions): Wakes {
  const queued = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  let isClosed = false;

  const run = async (id: string, turn: string): Promise<void> => {
    queued.delete(turn);
    // Something else may have the name by now, and a turn of its own.
    if (isClosed || findTurn(id) !== turn) return;
    try {
      await reconcile(id);
    } catch (error) {
      log(`${id}: ${getMessage(error)}`);
      wakeIn(id, RETRY_MS);
    }
  };
  const wake = (id: string): void => {
    const turn = findTurn(id);
    if (isClosed || turn === undefined || queued.has(turn)) return;
    queued.add(turn);
    void turns.take(turn, () => run(id, turn));
  };
  const wakeIn = (id: string, delayMs: number): void => {
    if (isClosed) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      wake(id);
    }, delayMs);
    timers.add(timer);
  };
  return {
    wake,
    wakeIn,
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
