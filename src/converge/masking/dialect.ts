// The seam between the two ways of writing masking SQL; postgres-dialect.ts and mysql-dialect.ts are its variants.
import type { WordList } from './words.ts';

/** SQL texts derived from the digest of one original value; all are NULL where the value is. */
export interface Digest {
  /** A word of a list, chosen by the three bytes of the digest from `place` on. */
  word(list: WordList, form: 'word' | 'slug', place: number): string;
  /** A number from 0 to `count` - 1, likewise. */
  number(place: number, count: number): string;
  /** Nine decimal digits, from four bytes. */
  digits(place: number): string;
  /** Hexadecimal digits, two for each of `bytes` bytes. */
  hex(place: number, bytes: number): string;
}

export interface Dialect {
  quote(name: string): string;
  literal(value: string | number | boolean): string;
  concat(parts: readonly string[]): string;
  left(text: string, length: number): string;
  /** Days after 1940-01-01 as a date. */
  date(days: string): string;
  /** An integer of at most `bits` bits, never negative. */
  integer(digest: Digest, bits: number): string;
  /** Bytes from hexadecimal digits. */
  bytes(hex: string): string;
}
