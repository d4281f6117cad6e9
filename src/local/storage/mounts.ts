// Which mounts the kernel knows, and unmounting. Knows nothing of what is mounted.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../run.ts';
import { explainFailure } from './failures.ts';

/** Processes of a server that was just stopped may hold its folder for a moment. */
const BUSY_TIMEOUT_MS = 3000;
const BUSY_POLL_MS = 20;

/** Where something is mounted, in the order of mounting. */
export async function listMounts(): Promise<string[]> {
  // Field 5 is the mount point, with blanks and the like as octal escapes:
  // https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).trimEnd().split('\n');
  return lines.map((line) => unescapeOctal(line.split(' ')[4] ?? ''));
}

export async function isMounted(path: string): Promise<boolean> {
  return (await listMounts()).includes(path);
}

export async function listMountsBelow(folder: string): Promise<string[]> {
  return (await listMounts()).filter((path) => path.startsWith(`${folder}/`));
}

/** Does nothing where nothing is mounted. */
export async function unmount(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  while (await isMounted(path)) {
    const { status, stderr } = await runProgram('umount', [path], { env });
    if (status === 0) continue;
    if (!/busy/.test(stderr) || Date.now() > deadline) {
      throw explainFailure('unmounting a volume', path, new Error(stderr.trim()));
    }
    await sleep(BUSY_POLL_MS);
  }
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
