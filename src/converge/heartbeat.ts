// Signs of life of a run: while it works on a copy it renews the copy's tag, so that runs of other machines wait for one
// that works however long it takes, and not long for one that has died.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CopyBuild } from './build.ts';
import { getBeatMs, showAlive } from './making.ts';

export interface Heartbeat {
  /** Resolves when a sign that is on its way has arrived: after that none comes any more. */
  stop(): Promise<void>;
}

/** Soon, so that a run which dies early is known to give signs. */
const FIRST_BEAT_MS = 10_000;

export function startHeartbeat(build: CopyBuild): Heartbeat {
  const controller = new AbortController();
  const beating = beat(build, controller.signal);
  return {
    async stop() {
      controller.abort();
      await beating;
    },
  };
}

async function beat(build: CopyBuild, signal: AbortSignal): Promise<void> {
  const { request } = build;
  const startMs = performance.now();
  const beatMs = getBeatMs(request);
  for (let delayMs = Math.min(beatMs, FIRST_BEAT_MS); await hasPassed(delayMs, signal); delayMs = beatMs) {
    const nowMs = request.nowMs + performance.now() - startMs;
    const isOwnTurn = await showAlive(build, nowMs).catch(() => true); // the next one may arrive
    if (!isOwnTurn) return;
  }
}

/** False: it was interrupted. Keeps no process alive. */
async function hasPassed(delayMs: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(delayMs, true, { signal, ref: false }).catch(() => false);
}
