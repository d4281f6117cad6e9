// Remembers the local server that runs: a file that the server writes when it answers and removes when it ends.
// A pid alone may belong to another process by now; the start time tells them apart.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../errors.ts';

export interface RunningServer {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat; empty where there is no such file. */
  readonly startTime: string;
  readonly url: string;
  readonly region: string;
}

export async function writeServerFile(
  localDir: string,
  server: { readonly url: string; readonly region: string },
): Promise<void> {
  const running: RunningServer = {
    pid: process.pid,
    startTime: await readStartTime(process.pid),
    ...server,
  };
  const path = getPath(localDir);
  await mkdir(localDir, { recursive: true, mode: 0o711 });
  await writeFile(`${path}.tmp`, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

export async function removeServerFile(localDir: string): Promise<void> {
  await rm(getPath(localDir), { force: true });
}

/** Undefined: none runs, whatever a killed one has left behind. */
export async function findRunningServer(localDir: string): Promise<RunningServer | undefined> {
  const content = await readFile(getPath(localDir), 'utf8').catch(() => undefined);
  if (content === undefined) return undefined;
  const server = parseServer(content);
  return server && (await isSameProcess(server)) ? server : undefined;
}

export async function getRunningServer(localDir: string): Promise<RunningServer> {
  const server = await findRunningServer(localDir);
  if (server) return server;
  throw new FactoryError('NOT_FOUND', 'the local RDS is not running', {
    hint: 'Start it: db-artifact local up',
  });
}

export async function isSameProcess({
  pid,
  startTime,
}: Pick<RunningServer, 'pid' | 'startTime'>): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (await readStartTime(pid)) === startTime;
}

function parseServer(content: string): RunningServer | undefined {
  try {
    const server = JSON.parse(content) as RunningServer;
    return Number.isInteger(server.pid) && server.pid > 0 ? server : undefined;
  } catch {
    return undefined;
  }
}

/** Counted after the name, which may hold blanks: proc(5). A zombie counts as gone. */
async function readStartTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? '');
}

function getPath(localDir: string): string {
  return join(localDir, 'server.json');
}
