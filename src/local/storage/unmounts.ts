// Unmounts volumes many at a time: a program of its own for each costs five times what the kernel takes, and the more
// mounts there are the more.
import { isMounted, unmount } from './mounts.ts';
import type { Place } from './place.ts';

export type Unmount = (path: string) => Promise<void>;

/** Does nothing where nothing is mounted. Whoever asks while others are being unmounted is in the next round. */
export function makeUnmount({ root, env, shell }: Place): Unmount {
  let waiting: string[] = [];
  let next: Promise<void> | undefined;
  let last = Promise.resolve();
  const runRound = async (): Promise<void> => {
    const paths = waiting;
    waiting = [];
    next = undefined;
    // No table of mounts to write, no helpers, no links to follow: https://man7.org/linux/man-pages/man8/umount.8.html
    await shell.run('umount', ['-n', '-i', '-c', ...paths], root).catch(() => {}); // what is left is seen below
  };
  return async (path) => {
    if (!(await isMounted(path))) return;
    waiting.push(path);
    next ??= last.then(runRound);
    last = next;
    await last;
    await unmount(path, env); // one that was busy
  };
}
