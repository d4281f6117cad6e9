// Names for what a MariaDB data directory holds, so that nothing is copied twice that did not change.
import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from '../../run.ts';
import type { ServerRecord } from '../records.ts';
import type { ServerPlace } from './engine.ts';
import { PID_FILE } from './mariadb-config.ts';
import type { MariadbPrograms } from './mariadb-programs.ts';

/** Counters of statements that write nothing. Any other one may, also of versions to come. */
const READING =
  'select|show_.*|set_option|change_db|begin|commit|rollback.*|savepoint|release_savepoint|stmt_.*|prepare_sql|' +
  'execute_sql|execute_immediate|dealloc_sql|admin_commands|backup.*|call_procedure|compound_sql|do|empty_query|' +
  'flush|help|ha_.*|kill|lock_tables|unlock_tables|check|checksum|resignal|signal|get_diagnostics';

/**
 * InnoDB numbers transactions at their first write and again when they commit; its log position would not do, since
 * it moves with every checkpoint. Other engines, sequences, views, triggers and accounts have nothing like it:
 * counters of statements and of rows stand for them. https://mariadb.com/kb/en/innodb-status-variables/
 */
export const CONTENT_QUERY = `SELECT GROUP_CONCAT(VARIABLE_VALUE ORDER BY VARIABLE_NAME) AS content
  FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN ('INNODB_MAX_TRX_ID', 'HANDLER_WRITE',
  'HANDLER_UPDATE', 'HANDLER_DELETE', 'KEY_WRITE_REQUESTS', 'ARIA_PAGECACHE_WRITE_REQUESTS', 'COM_FLUSH')
  OR VARIABLE_NAME REGEXP '^COM_(?!(${READING})$)'`;

/** Counters begin at zero in every process. */
export function formatRunningKey(process: ServerRecord, rows: readonly Record<string, unknown>[]): string {
  const hash = createHash('sha256').update(String(rows[0]?.['content'])).digest('hex');
  return `running/${process.pid}-${process.startTime}/${hash}`;
}

/** Every server writes it when it ends, also one that was asked for nothing. */
const LAST_WRITTEN = 'aria_log_control';

/** Undefined when the data directory was not stopped cleanly. */
export async function readStoppedKey(
  programs: MariadbPrograms,
  place: ServerPlace,
): Promise<string | undefined> {
  if (await isThere(place, PID_FILE)) return undefined;
  if (await isThere(place, LAST_WRITTEN)) {
    const path = join(place.stateDir, LAST_WRITTEN);
    const { mtimeNs } = await lstat(path, { bigint: true });
    return `stopped/${mtimeNs}/${(await readFile(path)).toString('hex')}`;
  }
  return (await wasCopiedClean(programs, place)) ? 'stopped/unused' : undefined;
}

/** A character device stands for a file that is gone in an overlay. */
async function isThere(place: ServerPlace, name: string): Promise<boolean> {
  const found = await lstat(join(place.stateDir, name)).catch(() => undefined);
  return found?.isFile() ?? false;
}

/** A fork that never ran may show its files only to programs started in it. */
async function wasCopiedClean(programs: MariadbPrograms, place: ServerPlace): Promise<boolean> {
  const [program, ...rest] = [...place.launchPrefix, 'ls', place.dataDir];
  const names = (await runChecked(String(program), rest, { env: programs.env, cwd: '/' })).split('\n');
  return names.includes(LAST_WRITTEN) && !names.includes(PID_FILE);
}
