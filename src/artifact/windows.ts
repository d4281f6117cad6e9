// Backup and maintenance windows: UTC, at least 30 minutes, and the two must not overlap.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.Maintenance.html

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY_MINUTES = 1440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const CLOCK = '([01]\\d|2[0-3]):([0-5]\\d)';
const BACKUP = new RegExp(`^${CLOCK}-${CLOCK}$`);
const MAINTENANCE = new RegExp(`^([a-z]{3}):${CLOCK}-([a-z]{3}):${CLOCK}$`, 'i');

interface Span {
  /** Minutes since Monday 00:00 (maintenance) or since midnight (backup). */
  readonly start: number;
  readonly minutes: number;
}

/** The window as RDS writes it, or undefined. */
export function findBackupWindow(text: string): string | undefined {
  const span = findBackupSpan(text.trim());
  return span && span.minutes >= 30 ? text.trim() : undefined;
}

/** The window in lower case, as RDS writes it, or undefined. */
export function findMaintenanceWindow(text: string): string | undefined {
  const window = text.trim().toLowerCase();
  const span = findMaintenanceSpan(window);
  return span && span.minutes >= 30 && span.minutes < DAY_MINUTES ? window : undefined;
}

/** Both windows must be valid. */
export function isOverlap(backupWindow: string, maintenanceWindow: string): boolean {
  const backup = findBackupSpan(backupWindow);
  const maintenance = findMaintenanceSpan(maintenanceWindow);
  if (!backup || !maintenance) return false;
  return DAYS.some((_, day) => {
    const start = day * DAY_MINUTES + backup.start;
    const ahead = (maintenance.start - start + WEEK_MINUTES) % WEEK_MINUTES;
    return ahead < backup.minutes || WEEK_MINUTES - ahead < maintenance.minutes;
  });
}

function findBackupSpan(window: string): Span | undefined {
  const [, hour, minute, endHour, endMinute] = BACKUP.exec(window) ?? [];
  if (hour === undefined) return undefined;
  return makeSpan(toMinutes(hour, minute), toMinutes(endHour, endMinute), DAY_MINUTES);
}

function findMaintenanceSpan(window: string): Span | undefined {
  const [, day, hour, minute, endDay, endHour, endMinute] = MAINTENANCE.exec(window) ?? [];
  const first = DAYS.indexOf(day ?? '');
  const last = DAYS.indexOf(endDay ?? '');
  if (first < 0 || last < 0) return undefined;
  const start = first * DAY_MINUTES + toMinutes(hour, minute);
  return makeSpan(start, last * DAY_MINUTES + toMinutes(endHour, endMinute), WEEK_MINUTES);
}

function makeSpan(start: number, end: number, period: number): Span {
  return { start, minutes: (end - start + period) % period };
}

function toMinutes(hour: string | undefined, minute: string | undefined): number {
  return Number(hour) * 60 + Number(minute);
}
