// What all parts of a run share: the clock, the dice, whether somebody was killed lately, what was done and what was wrong.

export interface World {
  readonly random: () => number;
  isOver(): boolean;
  /** Something was killed since then, or so shortly before that its recovery may still go on. */
  isDisturbedSince(atMs: number): boolean;
  noteKill(): void;
  count(what: string): void;
  readonly counts: ReadonlyMap<string, number>;
  /** What must never happen: makes the run fail. */
  report(violation: string): void;
  readonly violations: readonly string[];
}

/** `recoveryMs`: so long restarting and recovering everything takes after a kill. */
export function makeWorld(minutes: number, seed: number, recoveryMs: number): World {
  const endsAt = performance.now() + minutes * 60_000;
  const counts = new Map<string, number>();
  const violations: string[] = [];
  let killedAt = Number.NEGATIVE_INFINITY;
  return {
    random: makeDice(seed),
    isOver: () => performance.now() > endsAt,
    isDisturbedSince: (atMs) => killedAt > atMs - recoveryMs,
    noteKill() {
      killedAt = performance.now();
    },
    count: (what) => counts.set(what, (counts.get(what) ?? 0) + 1),
    counts,
    report(violation) {
      console.error(`${new Date().toISOString()} VIOLATION ${violation}`);
      violations.push(violation);
    },
    violations,
  };
}

export function pickOne<T>(world: World, items: readonly T[]): T | undefined {
  return items[Math.floor(world.random() * items.length)];
}

/** The same seed throws the same dice: mulberry32. */
function makeDice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
