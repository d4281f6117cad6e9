// Durations as people write them (`90s 30m 2h 7d 1w`) and expiries (a duration or an RFC 3339 time).
import { FactoryError } from '../errors.ts';

const UNITS = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 } as const;
const DURATION = /^(\d{1,9})\s*([smhdw])$/;
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/;

/** Seconds; more than zero. */
export function parseDuration(text: string): number {
  const seconds = findDuration(text);
  if (seconds !== undefined) return seconds;
  throw new FactoryError('BAD_INVOCATION', `a duration must be like 90s, 30m, 2h, 7d or 1w, got "${text}"`);
}

/** Like parseDuration, but undefined when `text` is no duration. */
export function findDuration(text: string): number | undefined {
  const [, count, unit] = DURATION.exec(text.trim()) ?? [];
  const seconds = Number(count) * UNITS[(unit ?? 's') as keyof typeof UNITS];
  return seconds > 0 ? seconds : undefined;
}

/** The two largest units that are not zero, such as `1d 3h`; `0s` for nothing. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(UNITS)) {
    if (unit === 'w') continue; // days read better: `10d`, not `1w 3d`
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0s';
}

/** Milliseconds since 1970 of `now + duration` or of the given time, which must be in the future. */
export function parseExpiry(text: string, nowMs: number): number {
  const seconds = findDuration(text);
  if (seconds !== undefined) return nowMs + seconds * 1000;
  const atMs = TIME.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new FactoryError(
      'BAD_INVOCATION',
      `an expiry must be a duration such as 8h or a time such as 2030-01-31T18:00:00Z, got "${text}"`,
    );
  }
  if (atMs <= nowMs) throw new FactoryError('BAD_INVOCATION', `the expiry ${text} is in the past`);
  return atMs;
}
