// Makes a data directory out of a running MariaDB server of this machine, by the program that comes with it. Knows nothing
// of who may do what in it.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runPiped } from '../../run.ts';
import type { ServerPlace, TakeOver } from './engine.ts';
import { giveToUser } from './engine-user.ts';
import { makeEngineEnv } from './launching.ts';
import { quoteEnd } from './logs.ts';
import type { MariadbPrograms } from './mariadb-programs.ts';

/** What the program notes for itself, and what the source's server was told. */
const LEFT_OUT = /^(xtrabackup_|mariadb_backup_|backup-my\.cnf$|ib_buffer_pool$)/;

/** https://mariadb.com/kb/en/full-backup-and-restore-with-mariadb-backup/ */
export async function takeOverMariadb(
  { user }: MariadbPrograms,
  place: ServerPlace,
  from: TakeOver,
): Promise<void> {
  const run = async (what: string, args: readonly string[]) => {
    const [program = '', ...words] = [...place.launchPrefix, ...args];
    const { signal, onLine, env } = from;
    const ended = await runPiped(program, words, {
      ...{ env: { ...makeEngineEnv(), ...env }, cwd: '/', signal, onLine },
    });
    if (ended.status === 0) return;
    throw new FactoryError('CHILD_FAILED', `${what} failed: ${quoteEnd(ended.stderr)}`);
  };
  await giveToUser(user, place.stateDir);
  // As this process, which may read the source; the engine's user may not.
  const begin = [from.program, ...(from.args ?? [])];
  const target = `--target-dir=${place.dataDir}`;
  await run('mariadb-backup', [...begin, '--backup', `--datadir=${from.sourceDir}`, target]);
  await run('mariadb-backup --prepare', [...begin, '--prepare', target]);
  for (const name of await readdir(place.stateDir)) {
    if (LEFT_OUT.test(name)) await rm(join(place.stateDir, name), { recursive: true, force: true });
  }
  if (user.isOther) await run('chown', ['chown', '-R', `${user.uid}:${user.gid}`, place.dataDir]);
}
