// What has been done inside a copy, recorded in the copy itself, so that a resumed converge does not repeat it.
// Records carry the copy's identity: a clone of a copy inherits its source's records, which then mean nothing.
import type { SqlConnection, SqlFamily } from '../sql/connect.ts';

export interface CopyRecords {
  /** A statement that makes or drops something and its record can be one transaction. */
  readonly isAtomicWithDdl: boolean;
  /** Details by item, in no order. */
  list(connection: SqlConnection, step: string): Promise<ReadonlyMap<string, string>>;
  /** On the caller's connection, so that it is part of the caller's transaction. */
  add(connection: SqlConnection, step: string, item: string, detail: string): Promise<void>;
}

const TABLE = `CREATE TABLE IF NOT EXISTS db_artifact.done (copy_id varchar(100) NOT NULL, step varchar(50) NOT NULL,
  item varchar(250) NOT NULL, detail TEXT_TYPE NOT NULL, PRIMARY KEY (copy_id, step, item))`;

/** `copyId` is the resource id of the copy's cluster, which no other cluster ever has. */
export async function openRecords(
  connection: SqlConnection,
  family: SqlFamily,
  copyId: string,
): Promise<CopyRecords> {
  const mark = family === 'postgres' ? (index: number) => `$${index}` : () => '?';
  await connection.query('CREATE SCHEMA IF NOT EXISTS db_artifact');
  await connection.query(TABLE.replace('TEXT_TYPE', family === 'postgres' ? 'text' : 'longtext'));
  await connection.query(`DELETE FROM db_artifact.done WHERE copy_id <> ${mark(1)}`, [copyId]);
  return {
    isAtomicWithDdl: family === 'postgres',
    async list(on, step) {
      const text = `SELECT item, detail FROM db_artifact.done WHERE copy_id = ${mark(1)} AND step = ${mark(2)}`;
      const { rows } = await on.query(text, [copyId, step]);
      return new Map(rows.map((row) => [String(row['item']), String(row['detail'])]));
    },
    async add(on, step, item, detail) {
      const text = `INSERT INTO db_artifact.done (copy_id, step, item, detail) VALUES (${[1, 2, 3, 4].map(mark).join(', ')})`;
      await on.query(text, [copyId, step, item, detail]);
    },
  };
}
