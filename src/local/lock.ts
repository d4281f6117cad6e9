// One server per data folder: a lock file that names the process that holds it. A dead process holds nothing.
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../errors.ts';
import { getOwnProcess, isProcessAlive } from './processes.ts';
import type { ServerRecord } from './records.ts';

/** Returns what gives the folder free again; throws ALREADY_RUNNING when a living process has it. */
export async function lockFolder(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'lock');
  const own = await getOwnProcess();
  const temporary = `${path}.${own.pid}`;
  await writeServerRecord(temporary, own);
  try {
    while (!(await tryLink(temporary, path))) await removeDead(path, dataDir);
  } finally {
    await rm(temporary, { force: true });
  }
  return async () => await rm(path, { force: true });
}

async function writeServerRecord(path: string, holder: ServerRecord): Promise<void> {
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
  const holder = await readServerRecord(path);
  if (holder === undefined) return;
  if (await isProcessAlive(holder)) {
    throw new FactoryError(
      'ALREADY_RUNNING',
      `the data folder ${dataDir} is in use by the process ${holder.pid}`,
      { hint: 'Use that server, or stop it with `db-artifact local down`.' },
    );
  }
  await rm(path, { force: true });
}

async function readServerRecord(path: string): Promise<ServerRecord | undefined> {
  const content = await readFile(path, 'utf8').catch(() => undefined);
  if (content === undefined) return undefined;
  try {
    return JSON.parse(content) as ServerRecord;
  } catch {
    return { pid: 0, startTime: '', bootId: '' };
  }
}
