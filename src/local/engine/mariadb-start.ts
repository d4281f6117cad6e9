// Starts a MariaDB server process, and finds one that runs already.
import { rm, stat } from 'node:fs/promises';
import { FactoryError, getMessage } from '../../errors.ts';
import { findProcess, findProcesses, signalProcess } from '../processes.ts';
import type { ServerRecord } from '../records.ts';
import type { ServerPlace } from './engine.ts';
import { launchServer } from './launching.ts';
import { readLogEnd } from './logs.ts';
import { type MariadbAdmin, openMariadbAdmin } from './mariadb-admin.ts';
import {
  findMariadbMark,
  getSocketPath,
  LISTENING,
  listMariadbArguments,
  readServerPid,
  writeMariadbConfig,
} from './mariadb-config.ts';
import type { MariadbPrograms } from './mariadb-programs.ts';
import { endProcess, type StopSignals, watchProcess } from './stopping.ts';

/** Recovery after a crash reads the whole redo log, and more where the disk is slow. */
const START_TIMEOUT_MS = 300_000;

/** Cleanly, which writes everything; then by force. */
export const MARIADB_SIGNALS: StopSignals = [
  ['SIGTERM', 60_000],
  ['SIGKILL', 5_000],
];

/** A process that takes connections, and the first of them. */
export interface MariadbProcess {
  readonly record: ServerRecord;
  readonly ended: Promise<void>;
  readonly port: number;
  readonly admin: MariadbAdmin;
}

export async function startMariadb(programs: MariadbPrograms, place: ServerPlace): Promise<MariadbProcess> {
  await writeMariadbConfig(programs, place);
  const socketPath = getSocketPath(programs.socketDir, place.port);
  await rm(socketPath, { force: true });
  const command = [...place.launchPrefix, programs.server, ...listMariadbArguments(place)];
  const { child, exited, logStart } = await launchServer(programs, command, place.logFile);
  const ended = exited.then(() => rm(socketPath, { force: true })); // left behind by a kill
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  try {
    const admin = await connectWhenUp(socketPath, hasEnded);
    const record = await findProcess(child.pid);
    if (record === undefined) throw new FactoryError('ENGINE_FAILED', 'it ended right after its start');
    return { record, ended, port: place.port, admin };
  } catch (error) {
    if (!hasEnded()) child.kill('SIGKILL');
    await ended;
    const said = (await readLogEnd(place.logFile, logStart)) || getMessage(error);
    throw new FactoryError('ENGINE_FAILED', `MariaDB did not start: ${said}`, {
      hint: `Its log is ${place.logFile}.`,
      cause: error,
    });
  }
}

/** The server on this place; whatever else runs there is ended. */
export async function adoptMariadb(
  programs: MariadbPrograms,
  place: ServerPlace,
): Promise<MariadbProcess | undefined> {
  const adopted: MariadbProcess[] = [];
  const pid = await readServerPid(place);
  for (const candidate of await findProcesses(findMariadbMark(place))) {
    const record = await findProcess(candidate.pid);
    if (record === undefined) continue;
    signalProcess(record.pid, 'SIGCONT'); // in case that it was held for a copy
    const isRight = candidate.pid === pid && candidate.command.includes(LISTENING) === place.isListening;
    const port = Number(/ --port=(\d+)/.exec(candidate.command)?.[1]);
    const socketPath = getSocketPath(programs.socketDir, port);
    const admin = isRight ? await openMariadbAdmin(socketPath).catch(() => undefined) : undefined;
    const ended = watchProcess(record).then(() => rm(socketPath, { force: true }));
    if (admin) adopted.push({ record, ended, port, admin });
    else await endProcess(record, ended, MARIADB_SIGNALS);
  }
  return adopted[0];
}

/** The server makes its socket when it is nearly ready, and answers there when it is. */
async function connectWhenUp(socketPath: string, hasEnded: () => boolean): Promise<MariadbAdmin> {
  const startedAt = Date.now();
  while (!hasEnded()) {
    const elapsedMs = Date.now() - startedAt;
    try {
      if (await isThere(socketPath)) return await openMariadbAdmin(socketPath);
    } catch (error) {
      if (elapsedMs > START_TIMEOUT_MS || !isNetworkError(error)) throw error;
    }
    if (elapsedMs > START_TIMEOUT_MS) throw new FactoryError('ENGINE_FAILED', 'it was not ready in time');
    await new Promise((resolve) => setTimeout(resolve, elapsedMs < 1000 ? 2 : 25));
  }
  throw new FactoryError('ENGINE_FAILED', 'it ended and said nothing');
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function isNetworkError(error: unknown): boolean {
  return error instanceof FactoryError && error.code === 'NETWORK_FAILED';
}
