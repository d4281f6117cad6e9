// What an import is asked for, and what it says of itself. Data only.
import type { EngineFamily } from '../records.ts';

export const IMPORT_METHODS = ['auto', 'physical', 'logical'] as const;
export type ImportMethod = (typeof IMPORT_METHODS)[number];

/** Where the data comes from. */
export type ImportOrigin =
  | { readonly kind: 'server'; readonly url: string }
  | { readonly kind: 'file'; readonly path: string };

export interface ImportRequest {
  readonly clusterId: string;
  readonly engine: EngineFamily;
  /** A whole version or its major; absent: that of the source, else the next newer one. */
  readonly engineVersion?: string | undefined;
  readonly origin: ImportOrigin;
  /** Of the source; lives in memory only. */
  readonly password: string;
  readonly method: ImportMethod;
  /** Of a dump file that does not say it. */
  readonly databaseName?: string | undefined;
  readonly masterUsername: string;
  readonly masterVerifier: string;
  readonly isSchemaOnly: boolean;
  /** Patterns, as those that follow; none: every table. */
  readonly tables: readonly string[];
  readonly excludedTables: readonly string[];
  /** Tables that come along empty. */
  readonly emptyTables: readonly string[];
  readonly skippedExtensions: readonly string[];
  readonly jobs: number;
  readonly isVerified: boolean;
}

/** Everything in it is for people. */
export interface ImportSummary {
  readonly method: 'physical' | 'logical' | 'file';
  /** Such as why it was not done in a faster way, and what did not come along. */
  readonly notes: readonly string[];
  readonly engineVersion: string;
  readonly databases: readonly string[];
  readonly tables: number;
  readonly rows: number | undefined;
  readonly sequences: number;
  /** Roles that came along, without login and without password. */
  readonly roles: readonly string[];
  readonly check: string;
}

export interface ImportPhase {
  readonly phase: string;
  readonly state: 'started' | 'waiting' | 'done' | 'failed';
  readonly detail?: string | undefined;
}

export interface ImportError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly problems: readonly string[];
}

export interface ImportStatus {
  readonly clusterId: string;
  readonly from: string;
  readonly state: 'checking' | 'importing' | 'done' | 'failed';
  /** In the order of their beginning. */
  readonly phases: readonly ImportPhase[];
  readonly summary?: ImportSummary | undefined;
  readonly error?: ImportError | undefined;
}
