// Masking SQL for PostgreSQL: digests are columns of an inner query, words come from joined lookup tables.
import type { Dialect, Digest } from './dialect.ts';
import type { WordList } from './words.ts';

export const SCRATCH = 'db_artifact_masking';

export const postgresDialect: Dialect = {
  quote: quoteName,
  literal: quoteLiteral,
  concat: (parts) => `(${parts.join(' || ')})`,
  left: (text, length) => `left(${text}, ${length})`,
  date: (days) => `(date '1940-01-01' + (${days}))`,
  integer: (digest, bits) =>
    `(('x' || ${digest.hex(0, 8)})::bit(64)::bigint & ${(2n ** BigInt(bits) - 1n).toString()})`,
  bytes: (hex) => `decode(${hex}, 'hex')`,
};

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteLiteral(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
}

/** Collects what the expressions of one table need: digests of originals, and joins of lookup tables. */
export class PostgresSources {
  readonly #seed: string;
  readonly #counts: Readonly<Record<WordList, number>>;
  readonly #digests = new Map<string, string>();
  readonly #joins = new Map<string, string>();

  constructor(seed: string, counts: Readonly<Record<WordList, number>>) {
    this.#seed = seed;
    this.#counts = counts;
  }

  /** `original` is a text expression over the table's own columns. */
  digest(original: string): Digest {
    const name = this.#digests.get(original) ?? `db_artifact_h${this.#digests.size}`;
    this.#digests.set(original, name);
    const h = `t.${name}`;
    const byte = (place: number): string => `get_byte(${h}, ${place})`;
    const number = (place: number, count: number): string =>
      `(((${byte(place)} << 16) + (${byte(place + 1)} << 8) + ${byte(place + 2)}) % ${count})`;
    return {
      number,
      word: (list, form, place) => `${this.#join(list, number(place, this.#counts[list]))}.${form}`,
      digits: (place) => `lpad((((${byte(place)}::bigint << 24) + (${byte(place + 1)} << 16)
        + (${byte(place + 2)} << 8) + ${byte(place + 3)}) % 1000000000)::text, 9, '0')`,
      hex: (place, bytes) => `encode(substr(${h}, ${place + 1}, ${bytes}), 'hex')`,
    };
  }

  /** The same bytes of the same digest are the same word, so one join serves. */
  #join(list: WordList, index: string): string {
    const key = `${list} ${index}`;
    const name = this.#joins.get(key) ?? `w${this.#joins.size}_${list}`;
    this.#joins.set(key, name);
    return name;
  }

  /** Columns for the inner query. `convert_to` because a text can hold what a cast to bytea would read as an escape. */
  formatDigests(): string {
    const seed = quoteLiteral(this.#seed);
    return [...this.#digests]
      .map(([original, name]) => `, sha256(convert_to(${seed} || ${original}, 'UTF8')) AS ${name}`)
      .join('');
  }

  formatJoins(): string {
    return [...this.#joins]
      .map(([key, name]) => {
        const list = key.slice(0, key.indexOf(' '));
        return `\nLEFT JOIN ${SCRATCH}.words_${list} AS ${name} ON ${name}.i = ${key.slice(list.length + 1)}`;
      })
      .join('');
  }
}
