// Compares what the source holds with what arrived. Knows no database.
import { FactoryError } from '../../errors.ts';

export interface Counts {
  readonly tables: ReadonlyMap<string, number>;
  /** Any number that grows with each value that is given. */
  readonly sequences: ReadonlyMap<string, bigint>;
}

export interface Expected {
  readonly before: Counts;
  /** Sequences know no snapshots: read again when everything was copied. */
  readonly sequencesAfter: ReadonlyMap<string, bigint>;
  /** The rows were counted in the very snapshot that was copied. */
  readonly isExact: boolean;
}

/** Returns a sentence for people; throws where an exact comparison fails. */
export function compareCounts(expected: Expected, actual: Counts): string {
  const differing = [...expected.before.tables].filter(([name, rows]) => actual.tables.get(name) !== rows);
  const behind = [...expected.before.sequences].filter(([name, value]) => {
    const found = actual.sequences.get(name);
    const after = expected.sequencesAfter.get(name) ?? value;
    const [least, most] = after > value ? [value, after] : [after, value];
    return found === undefined || found < least || found > most;
  });
  const missing = differing.filter(([name]) => !actual.tables.has(name));
  const problems = [
    ...(expected.isExact ? differing : missing).map(
      ([name, rows]) => `${name}: ${rows} rows in the source, ${actual.tables.get(name) ?? 'no table'} here`,
    ),
    ...(expected.isExact ? behind : []).map(([name]) => `sequence ${name} has another value`),
  ];
  if (problems.length > 0) {
    throw new FactoryError('DATABASE_FAILED', 'what arrived differs from the source', { problems });
  }
  const { tables, sequences } = expected.before;
  const moved = differing.length + behind.length;
  const equal = `${tables.size - differing.length} tables and ${sequences.size - behind.length} sequences are equal`;
  return moved === 0 ? equal : `${equal}; ${moved} were written to in the source meanwhile`;
}

export function sumRows(counts: Counts): number {
  return [...counts.tables.values()].reduce((sum, rows) => sum + rows, 0);
}
