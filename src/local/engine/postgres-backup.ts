// Copies a data directory while its server goes on writing, by PostgreSQL's own backup mode or by one atomic copy.
// https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
import { constants, copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { LiveCopy, ServerPlace } from './engine.ts';
import { giveToUser, writeOwned } from './engine-user.ts';
import type { AdminConnection } from './postgres-admin.ts';
import { findNextSegmentStart, listSegments, parseLsn } from './postgres-control.ts';
import type { PostgresPrograms } from './postgres-programs.ts';

export type MakeCopy = (isExcluded: (relativePath: string) => boolean) => Promise<void>;

/** What belongs to the process, not to the data; all of it is made anew at start. */
const OF_THE_PROCESS =
  /^postmaster\.(pid|opts)$|^pg_(replslot|dynshmem|notify|serial|snapshots|stat_tmp|subtrans)\/|(^|\/)pgsql_tmp|(^|\/)pg_internal\.init|^backup_label|^tablespace_map/;
const LOG_CONTENT = /^pg_wal\/(?!archive_status$|summaries$)/;

/** Left out of every copy. */
export function isOfTheProcess(relativePath: string): boolean {
  return OF_THE_PROCESS.test(relativePath);
}

export function isLogFile(relativePath: string): boolean {
  return LOG_CONTENT.test(relativePath);
}

/** Where the next change will be written: moves with every one. */
export async function readInsertPosition(admin: AdminConnection): Promise<{ timeline: number; lsn: string }> {
  const [row] = await admin.query(
    'SELECT timeline_id, pg_current_wal_insert_lsn()::text AS lsn FROM pg_control_checkpoint()',
  );
  return { timeline: Number(row?.['timeline_id']), lsn: String(row?.['lsn']) };
}

export function formatContentKey(position: { timeline: number; lsn: string }): string {
  return `running/${position.timeline}/${position.lsn}`;
}

/** One instant of everything: the fork recovers as after a power cut, from a checkpoint made just before. */
export async function copyAtomically(admin: AdminConnection, makeCopy: MakeCopy): Promise<LiveCopy> {
  await admin.query('CHECKPOINT');
  const before = formatContentKey(await readInsertPosition(admin));
  await makeCopy(isOfTheProcess);
  const after = formatContentKey(await readInsertPosition(admin));
  return { contentKey: before === after ? after : undefined, complete: async () => true };
}

/** File by file, in any order: the log written meanwhile, added to the fork, makes it consistent. */
export async function copyInBackupMode(
  programs: PostgresPrograms,
  place: ServerPlace,
  admin: AdminConnection,
  makeCopy: MakeCopy,
): Promise<LiveCopy> {
  const [started] = await admin.query("SELECT pg_backup_start('fork', true)::text AS lsn");
  let stopped: Record<string, unknown> | undefined;
  try {
    await makeCopy((path) => isOfTheProcess(path) || isLogFile(path));
  } finally {
    [stopped] = await admin.query('SELECT lsn::text, labelfile, spcmapfile FROM pg_backup_stop(false)');
  }
  if (String(stopped?.['spcmapfile'] ?? '').trim() !== '') {
    throw new FactoryError('NOT_SUPPORTED', 'the source has tablespaces, which cannot be forked');
  }
  const position = await readInsertPosition(admin);
  const [start, stop] = [parseLsn(String(started?.['lsn'])), parseLsn(String(stopped?.['lsn']))];
  // Ending the backup switches to a new segment; any other position means that somebody wrote since.
  const isCurrent = parseLsn(position.lsn) === findNextSegmentStart(stop);
  return {
    contentKey: isCurrent ? formatContentKey(position) : undefined,
    async complete(stateDir) {
      const segments = listSegments(position.timeline, start, stop);
      if (!(await copySegments(programs, place, stateDir, segments))) return false;
      await writeOwned(programs.user, join(stateDir, 'backup_label'), String(stopped?.['labelfile']));
      return true;
    },
  };
}

/** False when the server has used the first one again by now. It does so in order, so the others are whole too. */
async function copySegments(
  programs: PostgresPrograms,
  place: ServerPlace,
  stateDir: string,
  segments: readonly string[],
): Promise<boolean> {
  const folder = join(stateDir, 'pg_wal');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await giveToUser(programs.user, folder);
  for (const name of segments) {
    const source = join(place.stateDir, 'pg_wal', name);
    if (!(await exists(source))) return false;
    await copyFile(source, join(folder, name), constants.COPYFILE_FICLONE);
    await giveToUser(programs.user, join(folder, name));
  }
  return await exists(join(place.stateDir, 'pg_wal', segments[0] ?? ''));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
