// Copies a data directory while its server goes on, by MariaDB's backup stages, and holds the server where a copy
// takes longer than an instant. https://mariadb.com/kb/en/backup-stage/
import type { SqlConnection } from '../../sql/connect.ts';
import type { LiveCopy, ServerPlace } from './engine.ts';
import { whileFrozen } from './freezing.ts';
import { CONTENT_QUERY, formatRunningKey } from './mariadb-content.ts';
import { POSITION_QUERY } from './mariadb-replication.ts';
import type { MariadbProcess } from './mariadb-start.ts';

export type MakeCopy = (isExcluded: (relativePath: string) => boolean) => Promise<void>;

/** Made anew at start, or of no use to a fork, such as the logs of replication. The pid file is copied: it says that the copy must recover. */
const LEFT_OUT =
  /^ib_buffer_pool$|^ibtmp\d|^(master|relay-log|multi-master)[^/]*\.info$|^(binlog|relay)\.[^/]+$|(^|\/)#sql-temptable-/;
/** For statements that change tables, and writes to tables without transactions, to end. */
const LOCK_TIMEOUT_S = 60;

export function isLeftOut(relativePath: string): boolean {
  return LEFT_OUT.test(relativePath);
}

export async function copyMariadb(
  { admin, record }: MariadbProcess,
  place: ServerPlace,
  isAtomic: boolean,
  makeCopy: MakeCopy,
): Promise<LiveCopy> {
  const copy = async () => await makeCopy(isLeftOut);
  const session = await admin.connect();
  const readKey = async () => formatRunningKey(record, (await session.query(CONTENT_QUERY)).rows);
  try {
    await blockCommits(session);
    // InnoDB leaves it to a binary log to know what was committed, and forks have none.
    if (place.isFollowed) await session.query('FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS');
    const before = await readKey();
    const [row] = place.isFollowed ? (await session.query(POSITION_QUERY)).rows : [];
    const position = row && String(row['position']);
    // Without flushes to the disk nothing says in which order changes reach it, so an instant of it may be torn.
    if (isAtomic && place.isDurable) await copy();
    else await whileFrozen(record.pid, copy);
    const after = await readKey();
    return { contentKey: before === after ? after : undefined, position, complete: async () => true };
  } finally {
    await session.close(); // ends the stage
  }
}

/**
 * No table is half changed and everything without transactions is on the disk. InnoDB itself goes on, and recovers
 * in the fork as after a power cut.
 */
async function blockCommits(session: SqlConnection): Promise<void> {
  await session.query(`SET SESSION lock_wait_timeout = ${LOCK_TIMEOUT_S}`);
  for (const stage of ['START', 'FLUSH', 'BLOCK_DDL', 'BLOCK_COMMIT']) {
    await session.query(`BACKUP STAGE ${stage}`);
  }
}
