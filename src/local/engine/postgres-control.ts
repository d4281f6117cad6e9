// Reads pg_control, PostgreSQL's own note on the state of a data directory, and counts in its log positions.
// https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_control.h

/** initdb's default; every data directory here was made by this program. */
const SEGMENT_BYTES = 16n * 1024n * 1024n;
const SEGMENTS_PER_FILE_NUMBER = 0x1_0000_0000n / SEGMENT_BYTES;
/** A segment begins with a header: SizeOfXLogLongPHD, src/include/access/xlog_internal.h */
const SEGMENT_HEADER_BYTES = 40n;
const SHUT_DOWN = 1;
/** After a crash, and of a copy with a label. */
const RECOVERING: readonly number[] = [4, 5];

export interface ControlState {
  readonly isShutDown: boolean;
  /** A server began to recover and has not ended. */
  readonly isRecovering: boolean;
  readonly systemIdentifier: bigint;
  readonly timeline: number;
  readonly checkpoint: bigint;
  /** Where recovery would begin to read the log. */
  readonly redo: bigint;
}

export function parseControl(file: Buffer): ControlState {
  const state = file.readUInt32LE(16);
  return {
    systemIdentifier: file.readBigUInt64LE(0),
    isShutDown: state === SHUT_DOWN,
    isRecovering: RECOVERING.includes(state),
    checkpoint: file.readBigUInt64LE(32),
    redo: file.readBigUInt64LE(40),
    timeline: file.readUInt32LE(48),
  };
}

/** `16/B374D848`, as PostgreSQL writes positions. */
export function parseLsn(text: string): bigint {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** The name of the log file that holds a position. */
export function formatSegment(timeline: number, lsn: bigint): string {
  const segment = lsn / SEGMENT_BYTES;
  return [BigInt(timeline), segment / SEGMENTS_PER_FILE_NUMBER, segment % SEGMENTS_PER_FILE_NUMBER]
    .map((part) => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
}

/** The files that hold everything from `start` to the byte before `end`. */
export function listSegments(timeline: number, start: bigint, end: bigint): string[] {
  const names: string[] = [];
  const last = (end - 1n) / SEGMENT_BYTES;
  for (let segment = start / SEGMENT_BYTES; segment <= last; segment++) {
    names.push(formatSegment(timeline, segment * SEGMENT_BYTES));
  }
  return names;
}

/** Where the next record goes after a switch to a new segment at `lsn`, if nobody else wrote one. */
export function findNextSegmentStart(lsn: bigint): bigint {
  const isBoundary = lsn % SEGMENT_BYTES === 0n;
  const start = isBoundary ? lsn : (lsn / SEGMENT_BYTES + 1n) * SEGMENT_BYTES;
  return start + SEGMENT_HEADER_BYTES;
}
