// Starts a PostgreSQL server process, and finds one that runs already.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { findProcess, findProcesses, findWorkingDirectory } from '../processes.ts';
import type { ServerRecord } from '../records.ts';
import type { ServerPlace } from './engine.ts';
import { readLogEnd } from './logs.ts';
import { findMark, listArguments, readPidFile, writeConfig } from './postgres-config.ts';
import { launchPostgres, type PostgresPrograms } from './postgres-programs.ts';
import { markAsReader } from './postgres-replication.ts';
import { forgetLabel, resumeRecovery } from './postgres-resume.ts';
import { endProcess, watchProcess } from './stopping.ts';

/** A process that takes connections. */
export interface RunningProcess {
  readonly record: ServerRecord;
  readonly ended: Promise<void>;
  readonly port: number;
}

/** Recovery after a crash reads up to max_wal_size of log, and more where the disk is slow. */
const START_TIMEOUT_MS = 300_000;

export async function startProcess(programs: PostgresPrograms, place: ServerPlace): Promise<RunningProcess> {
  await Promise.all([writeConfig(programs, place), removeLocks(programs, place), resumeRecovery(place)]);
  if (place.follows) await markAsReader(programs, place);
  const args = listArguments(programs, place);
  const { child, exited, logStart } = await launchPostgres(programs, place.launchPrefix, args, place.logFile);
  const ended = exited.then(() => removeLocks(programs, place));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  if (!(await waitUntilReady(place, child.pid, hasEnded))) {
    if (!hasEnded()) child.kill('SIGKILL');
    await ended;
    const said = (await readLogEnd(place.logFile, logStart)) || 'it said nothing';
    throw new FactoryError('ENGINE_FAILED', `PostgreSQL did not start: ${said}`, {
      hint: `Its log is ${place.logFile}.`,
    });
  }
  if (place.launchPrefix.length === 0) await forgetLabel(place); // else nobody may write here now
  const record = await findProcess(child.pid);
  if (record === undefined) throw new FactoryError('ENGINE_FAILED', 'PostgreSQL ended right after its start');
  return { record, ended, port: place.port };
}

/** The server on this place; whatever else runs there is ended. */
export async function adoptProcess(
  programs: PostgresPrograms,
  place: ServerPlace,
): Promise<RunningProcess | undefined> {
  const candidates = await findProcesses(findMark(place));
  const { pid, port, isReady } = await readPidFile(place);
  const adopted: RunningProcess[] = [];
  for (const candidate of candidates) {
    const record = await findProcess(candidate.pid);
    if (record === undefined) continue;
    const directory = await findWorkingDirectory(candidate.pid);
    const isRight = candidate.pid === pid && isReady && (directory ?? place.dataDir) === place.dataDir;
    const isListening = candidate.command.includes('listen_addresses=127.0.0.1');
    const ended = watchProcess(record).then(() => removeLocks(programs, { ...place, port }));
    if (isRight && isListening === place.isListening) adopted.push({ record, ended, port });
    else await endProcess(record, ended);
  }
  return adopted[0];
}

/**
 * What a killed server leaves. Its number may belong to another process by now, or to itself while nobody collects
 * it, and PostgreSQL would refuse to start.
 */
async function removeLocks(programs: PostgresPrograms, place: ServerPlace): Promise<void> {
  const socket = join(programs.socketDir, `.s.PGSQL.${place.port}`);
  const paths = [join(place.stateDir, 'postmaster.pid'), socket, `${socket}.lock`];
  await Promise.all(paths.map((path) => rm(path, { force: true })));
}

/** PostgreSQL writes `ready` into its pid file; asking it by connecting would cost a process each time. */
async function waitUntilReady(place: ServerPlace, pid: number, hasEnded: () => boolean): Promise<boolean> {
  const startedAt = Date.now();
  while (!hasEnded() && Date.now() - startedAt < START_TIMEOUT_MS) {
    const found = await readPidFile(place);
    if (found.pid === pid && found.isReady) return true;
    await new Promise((resolve) => setTimeout(resolve, Date.now() - startedAt < 1000 ? 2 : 25));
  }
  return false;
}
