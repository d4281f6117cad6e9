// What splitting one SQL file gives.
import type { SqlStatement } from '../artifact/compiled-sql.ts';

export interface SplitResult {
  readonly statements: readonly SqlStatement[];
  readonly problems: readonly { readonly line: number; readonly sentence: string }[];
}

/** Line, from 1, of the character at `index`. */
export function countLine(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
