// Holds a whole process for a moment, so that its files stand still. Knows nothing of engines.
import { open, readdir, readFile } from 'node:fs/promises';
import { FactoryError } from '../../errors.ts';
import { runProgram, startDetached } from '../../run.ts';
import { signalProcess } from '../processes.ts';

/** A thread that writes to a slow disk stops when the write is done. */
const FREEZE_TIMEOUT_MS = 10_000;

/** If this process dies meanwhile, a guard lets the other one go on within a fifth of a second. */
export async function whileFrozen(pid: number, work: () => Promise<void>): Promise<void> {
  const guardPid = await startGuard(pid);
  try {
    signalProcess(pid, 'SIGSTOP');
    await waitUntilFrozen(pid);
    await work();
  } finally {
    signalProcess(pid, 'SIGCONT');
    signalProcess(-guardPid, 'SIGKILL'); // with its `sleep`
  }
}

async function startGuard(pid: number): Promise<number> {
  const script = 'while kill -0 "$1" 2>/dev/null; do sleep 0.2; done; kill -CONT "$2"';
  const nowhere = await open('/dev/null', 'w');
  try {
    const args = ['-c', script, 'guard', String(process.pid), String(pid)];
    const env = { PATH: '/usr/bin:/bin' };
    return (await startDetached('/bin/sh', args, { env, cwd: '/', logFd: nowhere.fd })).pid;
  } finally {
    await nowhere.close();
  }
}

/** Each thread stops by itself; those inside the kernel first finish what they do there. */
async function waitUntilFrozen(pid: number): Promise<void> {
  const deadline = Date.now() + FREEZE_TIMEOUT_MS;
  while (!(await isFrozen(pid))) {
    if (Date.now() > deadline) throw new FactoryError('ENGINE_FAILED', `process ${pid} cannot be held`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function isFrozen(pid: number): Promise<boolean> {
  return process.platform === 'linux' ? await areThreadsStopped(pid) : await isStoppedByPs(pid);
}

/** Where there is no /proc; the state of a process is that of all its threads. */
export async function isStoppedByPs(pid: number): Promise<boolean> {
  const args = ['-o', 'state=', '-p', String(pid)];
  const { stdout } = await runProgram('/bin/ps', args, { env: { LC_ALL: 'C' }, timeoutMs: 10_000 });
  return stdout.trim().startsWith('T');
}

/** The state follows the closing bracket of the name: proc_pid_stat(5). */
export async function areThreadsStopped(pid: number): Promise<boolean> {
  const folder = `/proc/${pid}/task`;
  const threads = await readdir(folder);
  const states = await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`${folder}/${thread}/stat`, 'utf8').catch(() => ') T');
      return stat[stat.lastIndexOf(')') + 2];
    }),
  );
  return states.every((state) => state === 'T' || state === 't');
}
