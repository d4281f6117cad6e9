// What every driver is opened with: where it may write, for whom, and how it runs programs.
import type { Owner } from './owner.ts';
import type { SmallShell } from './small-shell.ts';

export interface Place {
  /** The folder of the items. */
  readonly root: string;
  readonly owner: Owner;
  /** For child processes: PATH with the system folders, and messages in English. */
  readonly env: NodeJS.ProcessEnv;
  /** For the programs that a clone waits for. */
  readonly shell: SmallShell;
}

/** mkfs, losetup and btrfs are in folders that an ordinary user's PATH leaves out. */
export function makeToolEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = [env['PATH'], '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  // util-linux 2.39 and newer pass options one by one, each of them under 256 bytes; lists of layers are longer:
  // https://man7.org/linux/man-pages/man8/mount.8.html
  return { PATH: path.filter(Boolean).join(':'), LC_ALL: 'C', LIBMOUNT_FORCE_MOUNT2: 'always' };
}
