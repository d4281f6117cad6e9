// One server per data folder: a lock file that names the process that holds it. A dead process holds nothing.
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../errors.ts';

interface Holder {
  readonly pid: number;
  /** What tells the process from a later one with the same pid; empty where the system does not say. */
  readonly startTime: string;
}

/** Returns what gives the folder free again; throws ALREADY_RUNNING when a living process has it. */
export async function lockFolder(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'lock');
  const own: Holder = { pid: process.pid, startTime: await readStartTime(process.pid) };
  const temporary = `${path}.${own.pid}`;
  await writeHolder(temporary, own);
  try {
    while (!(await tryLink(temporary, path))) await removeDead(path, dataDir);
  } finally {
    await rm(temporary, { force: true });
  }
  return async () => await rm(path, { force: true });
}

async function writeHolder(path: string, holder: Holder): Promise<void> {
  const file = await open(path, 'w', 0o600);
  await file.writeFile(JSON.stringify(holder)).finally(() => file.close());
}

/** A link appears with its content complete, so nobody reads half a lock. */
async function tryLink(from: string, to: string): Promise<boolean> {
  return await link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

async function removeDead(path: string, dataDir: string): Promise<void> {
  const holder = await readHolder(path);
  if (holder === undefined) return;
  const startTime = await readStartTime(holder.pid);
  const isAlive = isProcess(holder.pid) && startTime === holder.startTime;
  if (isAlive) {
    throw new FactoryError(
      'ALREADY_RUNNING',
      `the data folder ${dataDir} is in use by the process ${holder.pid}`,
      { hint: 'Use that server, or stop it with `db-artifact local down`.' },
    );
  }
  await rm(path, { force: true });
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const content = await readFile(path, 'utf8').catch(() => undefined);
  if (content === undefined) return undefined;
  try {
    return JSON.parse(content) as Holder;
  } catch {
    return { pid: 0, startTime: '' };
  }
}

function isProcess(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, counted after the name, which may hold blanks. proc(5) */
async function readStartTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
