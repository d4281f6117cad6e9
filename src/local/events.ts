// Keeps what happened, one JSON line each: the newest of the last 14 days, as on AWS, and not more than fit in memory.
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EventRecord } from './records.ts';

export interface Events {
  /** Newest last. */
  readonly events: readonly EventRecord[];
  addEvent(event: EventRecord): void;
}

const MOST = 5000;
const LONGEST_MS = 14 * 86_400_000;

/** A line that a kill has cut, and a file that is gone, cost events, not clusters. */
export async function openEvents(path: string): Promise<Events> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const events = parseEvents(await readFile(path, 'utf8').catch(() => ''));
  dropOld(events, Date.now());
  let lines = rewrite(path, events);
  return {
    events,
    /** Written before anybody sees what it is about, so that a kill does not part the two. */
    addEvent(event) {
      events.push(event);
      dropOld(events, Date.parse(event.at));
      appendFileSync(path, formatEvent(event), { mode: 0o600 });
      if (++lines > 2 * MOST) lines = rewrite(path, events);
    },
  };
}

function parseEvents(text: string): EventRecord[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as EventRecord];
    } catch {
      return [];
    }
  });
}

function formatEvent(event: EventRecord): string {
  return `${JSON.stringify(event)}\n`;
}

function dropOld(events: EventRecord[], nowMs: number): void {
  const isOld = (event: EventRecord): boolean => Date.parse(event.at) < nowMs - LONGEST_MS;
  const first = events.findIndex((event) => !isOld(event));
  const old = first < 0 ? events.length : first;
  events.splice(0, Math.max(old, events.length - MOST));
}

/** Returns the number of lines. */
function rewrite(path: string, events: readonly EventRecord[]): number {
  writeFileSync(`${path}.tmp`, events.map(formatEvent).join(''), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  return events.length;
}
