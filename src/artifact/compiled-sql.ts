// SQL files as the artifact carries them: split into statements, each with its place. Pure data.

/**
 * `alone`: cannot run in a transaction, such as CREATE INDEX CONCURRENTLY. `begin`, `end`: the file's own transactions.
 */
export type StatementKind = 'plain' | 'alone' | 'begin' | 'end';

export interface SqlStatement {
  /** Without the delimiter. */
  readonly text: string;
  /** Of its first word, counted from 1. */
  readonly line: number;
  readonly kind: StatementKind;
}

export interface SqlFile {
  /** As in the INI, relative to its folder. */
  readonly path: string;
  readonly statements: readonly SqlStatement[];
}

export interface CompiledSql {
  /** In the order in which they run. */
  readonly files: readonly SqlFile[];
}
