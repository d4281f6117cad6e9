// The seam between the two families' ways of masking; postgres-masking.ts and mysql-masking.ts are its variants.
import type { MaskingPolicy } from '../../artifact/masking-policy.ts';
import type { SqlConnection } from '../../sql/connect.ts';
import type { CopyRecords } from '../records.ts';
import type { TableReport } from './report.ts';
import type { TablePlan } from './resolve-policy.ts';
import type { DatabaseSchema } from './schema.ts';
import type { Words } from './words.ts';

/** One run over one database. */
export interface MaskingSession {
  readonly connection: SqlConnection;
  readonly connect: () => Promise<SqlConnection>;
  readonly records: CopyRecords;
  /** Name of the step in the records. */
  readonly step: string;
  /** As it was before anything was changed. */
  readonly schema: DatabaseSchema;
  readonly plans: readonly TablePlan[];
  readonly policy: MaskingPolicy | undefined;
  readonly seed: string;
  readonly words: Words;
  readonly digest: string;
}

export interface MaskingServer {
  /** Statements for every new connection. */
  readonly settings: readonly string[];
  /** Makes room: foreign keys, triggers, rights, word lists. Records `begun`, unless it is a resumed run. */
  begin(session: MaskingSession, begun: string | undefined): Promise<void>;
  /** Masks one table and calls `record` in the same transaction. */
  maskTable(
    session: MaskingSession,
    connection: SqlConnection,
    plan: TablePlan,
    record: (connection: SqlConnection, report: TableReport) => Promise<void>,
  ): Promise<TableReport>;
  /** Puts back what `begin` took away, and checks that foreign keys hold. */
  restore(session: MaskingSession): Promise<void>;
  /** After SQL of the publisher's own: old versions of changed rows go. */
  removeOldRows(session: MaskingSession): Promise<void>;
  /** What depends on the tables is made anew: views, statistics, large objects. */
  finish(session: MaskingSession): Promise<void>;
}
