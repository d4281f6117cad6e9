import { expect, test } from 'vitest';
import {
  checkWindows,
  pickBackupWindow,
  pickMaintenanceWindow,
} from '../../../../src/local/actions/windows.ts';

test.each([
  ['04:00-04:30', 'sun:05:00-sun:05:30'],
  ['23:45-00:15', 'mon:00:15-mon:00:45'],
  ['04:00-05:00', 'Sun:23:30-mon:00:30'],
])('%s and %s go together', (backup, maintenance) => {
  checkWindows(backup, maintenance);
});

test.each([
  ['04:00-04:30', 'sun:04:15-sun:05:30'],
  ['23:30-00:30', 'mon:00:00-mon:01:00'],
  ['00:00-00:30', 'sun:23:45-mon:00:15'],
  ['12:00-12:30', 'tue:20:00-wed:19:00'],
])('%s and %s overlap', (backup, maintenance) => {
  expect(() => checkWindows(backup, maintenance)).toThrow(/must not overlap/);
});

test.each([
  ['4:00-5:00', 'sun:05:00-sun:05:30', /Invalid backup window/],
  ['04:00-04:29', 'sun:05:00-sun:05:30', /at least 30 minutes/],
  ['04:00-04:30', 'sunday:05:00-sun:05:30', /Invalid maintenance window/],
  ['04:00-04:30', 'sun:05:00-mon:05:00', /less than 24 hours/],
])('%s and %s are refused', (backup, maintenance, message) => {
  expect(() => checkWindows(backup, maintenance)).toThrow(message);
});

test('a window that is picked keeps out of the way of the one that was given', () => {
  for (const maintenance of ['sun:04:00-sun:06:00', 'mon:03:00-mon:20:00', 'wed:00:00-wed:20:00']) {
    checkWindows(pickBackupWindow(maintenance), maintenance);
  }
  for (const backup of ['04:45-05:15', '17:00-18:00']) checkWindows(backup, pickMaintenanceWindow(backup));
});
