// Tells processes apart by more than their number, which the system uses again. Knows nothing of engines.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { FactoryError, getMessage } from '../errors.ts';
import { runProgram } from '../run.ts';
import type { ServerRecord } from './records.ts';

/** What user space sees, whatever the kernel's own clock: USER_HZ of proc_pid_stat(5). */
const TICKS_PER_SECOND = 100;

export interface ProcessEntry {
  readonly pid: number;
  /** Program and arguments, blanks between. */
  readonly command: string;
}

/** Undefined when there is no such process, or only what its parent has not collected yet. */
export async function findProcess(
  pid: number,
  platform = process.platform,
): Promise<ServerRecord | undefined> {
  const startTime = await findStartTime(pid, platform);
  return startTime === undefined ? undefined : { pid, startTime, bootId: await readBootId(platform) };
}

/** This process, as another one will look for it. */
export async function getOwnProcess(): Promise<ServerRecord> {
  const found = await findProcess(process.pid);
  if (found) return found;
  throw new FactoryError('BUG', 'this process cannot find itself in the list of processes');
}

export async function isProcessAlive(process: ServerRecord): Promise<boolean> {
  const found = await findProcess(process.pid);
  return found?.startTime === process.startTime && found.bootId === process.bootId;
}

/** Undefined when it cannot be told. */
export async function findStartedAt(
  { startTime }: ServerRecord,
  platform = process.platform,
): Promise<Date | undefined> {
  if (!hasProc(platform)) return new Date(`${startTime} UTC`);
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '');
  const bootSeconds = /^btime (\d+)$/m.exec(stat)?.[1];
  if (bootSeconds === undefined) return undefined;
  return new Date(Number(bootSeconds) * 1000 + (Number(startTime) * 1000) / TICKS_PER_SECOND);
}

/** Every process whose command line holds `text`. */
export async function findProcesses(
  text: string,
  platform = process.platform,
): Promise<readonly ProcessEntry[]> {
  const entries = hasProc(platform) ? await listProc() : await listByPs();
  return entries.filter((entry) => entry.command.includes(text) && entry.pid !== process.pid);
}

/** The working directory as the process sees it, where the system tells. */
export async function findWorkingDirectory(pid: number): Promise<string | undefined> {
  return await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
}

/** Sends a signal; false when the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw new Error(`cannot send ${signal} to process ${pid}: ${getMessage(error)}`, { cause: error });
  }
}

function hasProc(platform: NodeJS.Platform): boolean {
  return platform === 'linux';
}

/** Field 22 of stat is the start time, field 3 the state; field 2 may hold blanks and brackets. proc_pid_stat(5) */
async function findStartTime(pid: number, platform: NodeJS.Platform): Promise<string | undefined> {
  if (!hasProc(platform)) {
    const { stdout } = await runPs(['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function readBootId(platform: NodeJS.Platform): Promise<string> {
  return hasProc(platform) ? (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim() : '';
}

async function listProc(): Promise<ProcessEntry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), command: command.replaceAll('\0', ' ').trim() };
    }),
  );
}

async function listByPs(): Promise<ProcessEntry[]> {
  const { stdout } = await runPs(['-axww', '-o', 'pid=,command=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || command === undefined ? [] : [{ pid: Number(pid), command }];
  });
}

async function runPs(args: readonly string[]) {
  return await runProgram('/bin/ps', args, { env: { LC_ALL: 'C', TZ: 'UTC' }, timeoutMs: 10_000 });
}
