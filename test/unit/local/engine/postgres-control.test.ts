import { expect, test } from 'vitest';
import {
  findNextSegmentStart,
  formatSegment,
  listSegments,
  parseControl,
  parseLsn,
} from '../../../../src/local/engine/postgres-control.ts';

test('a position is read from its two halves', () => {
  expect(parseLsn('16/B374D848')).toBe(0x16b374d848n);
});

test('log files are named as PostgreSQL names them', () => {
  expect(formatSegment(1, parseLsn('0/1FB9CD0'))).toBe('000000010000000000000001');
  expect(formatSegment(2, parseLsn('16/B374D848'))).toBe('0000000200000016000000B3');
});

test('a range that ends at the end of a file does not need the next one', () => {
  expect(listSegments(1, parseLsn('0/FF000028'), parseLsn('1/0'))).toEqual(['0000000100000000000000FF']);
  expect(listSegments(1, parseLsn('0/FF000028'), parseLsn('1/1'))).toEqual([
    '0000000100000000000000FF',
    '000000010000000100000000',
  ]);
});

test('after a switch the next record follows the header of the next file', () => {
  expect(findNextSegmentStart(parseLsn('0/2000130'))).toBe(parseLsn('0/3000028'));
  expect(findNextSegmentStart(parseLsn('0/3000000'))).toBe(parseLsn('0/3000028'));
});

test('the control file tells whether the server was stopped, and where its last checkpoint is', () => {
  const file = Buffer.alloc(8192);
  file.writeBigUInt64LE(7n, 0);
  file.writeUInt32LE(1, 16);
  file.writeBigUInt64LE(0x1fb9cd0n, 32);
  file.writeBigUInt64LE(0x1fb9cd0n, 40);
  file.writeUInt32LE(3, 48);
  expect(parseControl(file)).toEqual({
    systemIdentifier: 7n,
    isRecovering: false,
    isShutDown: true,
    checkpoint: 0x1fb9cd0n,
    redo: 0x1fb9cd0n,
    timeline: 3,
  });
  file.writeUInt32LE(6, 16);
  expect(parseControl(file).isShutDown).toBe(false);
});
