// One writer at a time among processes that share a folder. A lock whose holder died is broken by the next one.
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FactoryError } from '../errors.ts';
import { makeTemporaryPath } from './blob-folder.ts';

const POLL_MS = 15;

export interface LockWait {
  /** How long to wait for the holder. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Told once, when somebody else is found to hold it. */
  readonly onBusy?: (() => void) | undefined;
  makeTimeoutError(): FactoryError;
}
/** A holder on another machine cannot be asked; no holder works this long. */
const FOREIGN_AFTER_MS = 20_000;

/** Runs `work` while this process alone holds the lock file at `path`. */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  wait: LockWait = waitBriefly(path),
): Promise<T> {
  const content = await describeHolder();
  await takeLock(path, content, wait);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** Enough for what takes a moment. */
function waitBriefly(path: string): LockWait {
  const hint = 'Wait until the other build or pull has ended, or remove that file if there is none.';
  return {
    timeoutMs: 30_000,
    makeTimeoutError: () =>
      new FactoryError('CONFLICT', `another process has held ${path} for too long`, { hint }),
  };
}

async function takeLock(path: string, content: string, wait: LockWait): Promise<void> {
  const deadline = Date.now() + wait.timeoutMs;
  let isTold = false;
  while (!(await tryLock(path, content))) {
    wait.signal?.throwIfAborted();
    if (await breakDeadLock(path)) continue;
    if (!isTold) wait.onBusy?.();
    isTold = true;
    if (Date.now() > deadline) throw wait.makeTimeoutError();
    await sleep(POLL_MS);
  }
}

/** The file appears with its content, by a hard link: a killed process cannot leave an empty lock. */
async function tryLock(path: string, content: string): Promise<boolean> {
  const temporary = makeTemporaryPath(dirname(path));
  try {
    await writeFile(temporary, content);
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Breaking is itself done under a lock, so that a new holder's file is never taken for the dead one's. */
async function breakDeadLock(path: string): Promise<boolean> {
  if (!(await isHolderDead(path))) return false;
  await withFileLock(`${path}.break`, async () => {
    if (await isHolderDead(path)) await rm(path, { force: true });
  });
  return true;
}

async function describeHolder(): Promise<string> {
  const token = randomBytes(8).toString('hex');
  const startTime = await findStartTime(process.pid);
  return JSON.stringify({ host: hostname(), pid: process.pid, startTime, token });
}

async function isHolderDead(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const holder = JSON.parse(text) as { host: string; pid: number; startTime?: string };
  if (holder.host !== hostname()) {
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_AFTER_MS;
  }
  if (!isRunning(holder.pid)) return true;
  return holder.startTime !== undefined && (await findStartTime(holder.pid)) !== holder.startTime;
}

/** Also somebody else's process; its number may be in use again. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, which tells a process from a later one with the same number; Linux only. */
async function findStartTime(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
