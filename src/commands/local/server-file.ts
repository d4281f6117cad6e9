// Remembers the local server that runs: a file that the server writes when it answers and removes when it ends.
// A pid alone may belong to another process by now; the start time tells them apart.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { getOwnProcess, isProcessAlive } from '../../local/processes.ts';
import type { ServerRecord } from '../../local/records.ts';

export interface RunningServer extends ServerRecord {
  readonly url: string;
  readonly region: string;
}

export async function writeServerFile(
  localDir: string,
  server: { readonly url: string; readonly region: string },
): Promise<void> {
  const running: RunningServer = { ...(await getOwnProcess()), ...server };
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
  return server && (await isProcessAlive(server)) ? server : undefined;
}

export async function getRunningServer(localDir: string): Promise<RunningServer> {
  const server = await findRunningServer(localDir);
  if (server) return server;
  throw new FactoryError('NOT_FOUND', 'the local RDS is not running', {
    hint: 'Start it: db-artifact local up',
  });
}

function parseServer(content: string): RunningServer | undefined {
  try {
    const server = JSON.parse(content) as RunningServer;
    return Number.isInteger(server.pid) && server.pid > 0 ? server : undefined;
  } catch {
    return undefined;
  }
}

function getPath(localDir: string): string {
  return join(localDir, 'server.json');
}
