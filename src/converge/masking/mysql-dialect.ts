// Masking SQL for MySQL and MariaDB: words are picked by ELT from lists in the statement, which both find in constant
// time, so that one UPDATE of one table does it.
import type { Dialect, Digest } from './dialect.ts';
import type { WordList, Words } from './words.ts';
import { formatSlug } from './words.ts';

export const mysqlDialect: Dialect = {
  quote: quoteMysqlName,
  literal: quoteMysqlLiteral,
  concat: (parts) => `CONCAT(${parts.join(', ')})`,
  left: (text, length) => `LEFT(${text}, ${length})`,
  date: (days) => `DATE_ADD('1940-01-01', INTERVAL (${days}) DAY)`,
  integer: (digest, bits) =>
    `(CAST(CONV(${digest.hex(0, 8)}, 16, 10) AS UNSIGNED) & ${(2n ** BigInt(bits) - 1n).toString()})`,
  bytes: (hex) => `UNHEX(${hex})`,
};

export function quoteMysqlName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function quoteMysqlLiteral(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** `original` is a text expression; NULL where the value is. */
export function makeMysqlDigest(original: string, seed: string, words: Words): Digest {
  const h = `SHA2(CONCAT(${quoteMysqlLiteral(seed)}, ${original}), 256)`;
  const hex = (place: number, bytes: number): string => `SUBSTR(${h}, ${place * 2 + 1}, ${bytes * 2})`;
  const decimal = (place: number, bytes: number): string =>
    `CAST(CONV(${hex(place, bytes)}, 16, 10) AS UNSIGNED)`;
  const number = (place: number, count: number): string => `(${decimal(place, 3)} MOD ${count})`;
  return {
    hex,
    number,
    digits: (place) => `LPAD(${decimal(place, 4)} MOD 1000000000, 9, '0')`,
    word: (list, form, place) =>
      `ELT(1 + ${number(place, words[list].length)}, ${formatWords(words, list, form)})`,
  };
}

function formatWords(words: Words, list: WordList, form: 'word' | 'slug'): string {
  return words[list].map((word) => quoteMysqlLiteral(form === 'slug' ? formatSlug(word) : word)).join(',');
}
