// How progress looks where nobody watches a terminal: a line for each change, or one JSON event per line (NDJSON).
// Writes through a function that it is given.
import { formatDuration } from '../artifact/duration.ts';
import type { PhaseEvent, ProgressEvent } from '../progress.ts';

export interface ProgressView {
  show(event: ProgressEvent): void;
  /** Says what is still waited for; called every `tickMs`. */
  tick(): void;
  readonly tickMs: number;
  close(): void;
}

export type Write = (text: string) => void;

/** Nobody has to wait longer than this for a sign of life. */
const HEARTBEAT_MS = 30_000;

interface OpenPhase {
  readonly startMs: number;
  readonly detail: string | undefined;
}

/** Phases under way, oldest first. */
export class OpenPhases {
  readonly #phases = new Map<string, OpenPhase>();

  /** Milliseconds since the phase began. */
  follow(event: PhaseEvent, nowMs: number): number {
    const startMs = this.#phases.get(event.phase)?.startMs ?? nowMs;
    if (event.state === 'started' || event.state === 'waiting') {
      this.#phases.set(event.phase, { startMs, detail: event.detail });
    } else {
      this.#phases.delete(event.phase);
    }
    return nowMs - startMs;
  }

  list(nowMs: number): { phase: string; detail: string | undefined; elapsedMs: number }[] {
    return [...this.#phases].map(([phase, { startMs, detail }]) => ({
      phase,
      detail,
      elapsedMs: nowMs - startMs,
    }));
  }
}

export function makePlainView(write: Write, now: () => number): ProgressView {
  const open = new OpenPhases();
  let lastLine = '';
  let lastWriteMs = now();
  const writeLine = (line: string) => {
    if (line === lastLine) return; // polling repeats itself
    lastLine = line;
    lastWriteMs = now();
    write(`${line}\n`);
  };
  return {
    tickMs: 1000,
    show(event) {
      if (event.type === 'warning') return writeLine(`warning: ${event.message}`);
      const elapsedMs = open.follow(event, now());
      writeLine(formatPhase(event, elapsedMs));
    },
    tick() {
      if (now() - lastWriteMs < HEARTBEAT_MS) return;
      for (const { phase, detail, elapsedMs } of open.list(now())) {
        lastLine = '';
        writeLine(`${phase}: still waiting${detail ? ` (${detail})` : ''}, ${formatElapsed(elapsedMs)}`);
      }
    },
    close() {},
  };
}

export function makeJsonView(write: Write, now: () => number): ProgressView {
  const open = new OpenPhases();
  const writeEvent = (event: object) =>
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), ...event })}\n`);
  return {
    tickMs: HEARTBEAT_MS,
    show(event) {
      if (event.type === 'warning') return writeEvent(event);
      const elapsedMs = open.follow(event, now());
      const { type, phase, state, detail = null } = event;
      writeEvent({ type, phase, state, detail, elapsedSeconds: Math.round(elapsedMs / 100) / 10 });
    },
    tick() {
      const phases = open.list(now()).map(({ phase }) => phase);
      if (phases.length > 0) writeEvent({ type: 'heartbeat', phases });
    },
    close() {},
  };
}

export const SILENT_VIEW: ProgressView = { tickMs: HEARTBEAT_MS, show() {}, tick() {}, close() {} };

function formatPhase({ phase, state, detail }: PhaseEvent, elapsedMs: number): string {
  const words = {
    started: 'started',
    waiting: 'waiting',
    done: 'done',
    skipped: 'skipped',
    failed: 'failed',
  };
  const time = state === 'done' || state === 'failed' ? `, ${formatElapsed(elapsedMs)}` : '';
  return `${phase}: ${words[state]}${detail ? ` (${detail})` : ''}${time}`;
}

/** `0.12 s` below a minute, `3m 12s` above. */
export function formatElapsed(elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  if (seconds >= 60) return formatDuration(seconds);
  return `${seconds.toFixed(seconds < 10 ? 2 : 0)} s`;
}
