// Backup and maintenance windows: their form, their length, and that they do not overlap. All times are UTC.
import { invalidValue } from '../faults.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY_MINUTES = 1440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** Minutes since midnight or since Monday, 00:00; a window that wraps ends beyond the day or the week. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export function checkWindows(backup: string, maintenance: string): void {
  const [daily, weekly] = [parseBackup(backup), parseMaintenance(maintenance)];
  if (overlaps(daily, weekly)) {
    throw invalidValue('The backup window and maintenance window must not overlap.');
  }
}

/** RDS picks a window that does not get into the way of the one that was given. */
export function pickBackupWindow(maintenance: string): string {
  const weekly = parseMaintenance(maintenance);
  const isFree = (window: string) => !overlaps(parseBackup(window), weekly);
  return ['04:00-04:30', '16:00-16:30', '22:00-22:30'].find(isFree) ?? '04:00-04:30';
}

export function pickMaintenanceWindow(backup: string): string {
  const daily = parseBackup(backup);
  const isFree = (window: string) => !overlaps(daily, parseMaintenance(window));
  return ['sun:05:00-sun:05:30', 'sun:17:00-sun:17:30'].find(isFree) ?? 'sun:05:00-sun:05:30';
}

function parseBackup(window: string): Span {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(window);
  if (!match)
    throw invalidValue(
      `Invalid backup window format: ${window}. Should be specified as a range hh24:mi-hh24:mi.`,
    );
  const [, h1, m1, h2, m2] = match.map(Number) as [number, number, number, number, number];
  const span = makeSpan(h1 * 60 + m1, h2 * 60 + m2, DAY_MINUTES);
  if (span.end - span.start < 30) throw invalidValue('The backup window must be at least 30 minutes.');
  return span;
}

function parseMaintenance(window: string): Span {
  const time = '(mon|tue|wed|thu|fri|sat|sun):([01]\\d|2[0-3]):([0-5]\\d)';
  const match = new RegExp(`^${time}-${time}$`, 'i').exec(window);
  if (!match) {
    throw invalidValue(
      `Invalid maintenance window format: ${window}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi.`,
    );
  }
  const [, d1 = '', h1, m1, d2 = '', h2, m2] = match;
  const at = (day: string, hour?: string, minute?: string) =>
    DAYS.indexOf(day.toLowerCase()) * DAY_MINUTES + Number(hour) * 60 + Number(minute);
  const span = makeSpan(at(d1, h1, m1), at(d2, h2, m2), WEEK_MINUTES);
  const minutes = span.end - span.start;
  if (minutes < 30 || minutes >= DAY_MINUTES) {
    throw invalidValue('The maintenance window must be at least 30 minutes and less than 24 hours.');
  }
  return span;
}

function makeSpan(start: number, end: number, wrapAt: number): Span {
  return { start, end: end < start ? end + wrapAt : end };
}

function overlaps(daily: Span, weekly: Span): boolean {
  // From the day before Monday to the day after Sunday, for windows that wrap.
  for (let day = -1; day <= 8; day++) {
    const start = daily.start + day * DAY_MINUTES;
    if (start < weekly.end && weekly.start < start + daily.end - daily.start) return true;
  }
  return false;
}
