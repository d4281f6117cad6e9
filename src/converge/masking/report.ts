// What masking did, as plain data: shown, stored in the copy, and written to a file. Holds no value of any row.

export interface MaskingReport {
  readonly policyDigest: string;
  readonly seconds: number;
  readonly tables: readonly TableReport[];
  readonly residual: readonly ResidualFinding[];
  /** Things that were left as they are by the policy's own word, such as other databases. */
  readonly left: readonly string[];
}

export interface TableReport {
  readonly table: string;
  readonly action: 'rewrite' | 'truncate';
  /** Rows that are there afterwards. */
  readonly rows: number;
  readonly droppedRows: number;
  readonly columns: readonly ColumnReport[];
}

export interface ColumnReport {
  readonly column: string;
  /** As in the policy, such as `fake email`. */
  readonly mask: string;
  /** Rows whose value was replaced; NULLs stay NULL and do not count. */
  readonly rows: number;
}

export interface ResidualFinding {
  readonly table: string;
  readonly column: string;
  readonly shape: ResidualShape;
  /** Rows with at least one such value. */
  readonly rows: number;
}

export type ResidualShape = 'email' | 'phone' | 'card' | 'national id';
