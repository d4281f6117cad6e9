// Writes the configuration of one server, outside its data directory, and knows where its files are.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerPlace } from './engine.ts';
import { findOurselves, makePrivateFolder, writeOwned } from './engine-user.ts';
import type { MariadbPrograms } from './mariadb-programs.ts';
import { formatMariadbSettings } from './mariadb-settings.ts';
import { formatInitFile } from './mariadb-users.ts';

/** In the data directory: the server removes it last of all, so it is there unless the server was stopped cleanly. */
export const PID_FILE = 'mariadbd.pid';

export async function writeMariadbConfig(programs: MariadbPrograms, place: ServerPlace): Promise<void> {
  const { user, baseDir, socketDir } = programs;
  await makePrivateFolder(user, place.configDir);
  const settings = formatMariadbSettings(place, {
    basedir: baseDir,
    datadir: place.dataDir,
    tmpdir: place.configDir,
    socket: getSocketPath(socketDir, place.port),
    pid_file: PID_FILE,
    init_file: getInitFile(place),
  });
  await Promise.all([
    writeOwned(user, getOptionFile(place), settings),
    writeOwned(user, getInitFile(place), formatInitFile(findOurselves().name)),
  ]);
}

/** An option file that is named first is the only one that is read. */
export function listMariadbArguments(place: ServerPlace): string[] {
  return [
    `--defaults-file=${getOptionFile(place)}`,
    `--port=${place.port}`,
    place.isListening ? LISTENING : '--skip-networking',
    `--report-host=${place.name}`, // for replicas, which there are none of; here it names the server
  ];
}

export const LISTENING = '--bind-address=127.0.0.1';

/** How the command line of a server on this place can be told from all others. */
export function findMariadbMark(place: ServerPlace): string {
  return `--defaults-file=${getOptionFile(place)}`;
}

/** Short: a socket's path has at most 107 bytes. */
export function getSocketPath(socketDir: string, port: number): string {
  return join(socketDir, `my.${port}.sock`);
}

/** 0 when there is none. */
export async function readServerPid(place: ServerPlace): Promise<number> {
  return Number(await readFile(join(place.stateDir, PID_FILE), 'utf8').catch(() => 0));
}

function getOptionFile(place: ServerPlace): string {
  return join(place.configDir, 'mariadb.cnf');
}

function getInitFile(place: ServerPlace): string {
  return join(place.configDir, 'init.sql');
}
