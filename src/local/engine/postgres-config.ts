// Writes the configuration of one server, outside its data directory: a fork needs no file of its own changed.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccessRule, ServerPlace } from './engine.ts';
import { findOurselves, makePrivateFolder, writeOwned } from './engine-user.ts';
import { formatHba, formatIdent } from './postgres-access.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import { formatFollowing } from './postgres-replication.ts';
import { formatSettings } from './postgres-settings.ts';

/** Nobody but the superuser gets in until access rules are written. */
export async function writeConfig(programs: PostgresPrograms, place: ServerPlace): Promise<void> {
  await makePrivateFolder(programs.user, place.configDir);
  const users = [findOurselves().name, programs.user.name];
  await Promise.all([
    writeOwned(programs.user, settingsFile(place), formatOwnSettings(programs, place)),
    writeOwned(programs.user, join(place.configDir, 'pg_ident.conf'), formatIdent(users)),
    writeAccess(programs, place, []),
  ]);
}

function formatOwnSettings(programs: PostgresPrograms, place: ServerPlace): string {
  const settings = formatSettings(programs.majorVersion, place);
  return place.follows ? settings + formatFollowing(programs, place.follows) : settings;
}

export async function writeAccess(
  programs: PostgresPrograms,
  place: ServerPlace,
  rules: readonly AccessRule[],
): Promise<void> {
  await writeOwned(programs.user, join(place.configDir, 'pg_hba.conf'), formatHba(rules));
}

/** The command line wins over every file, also over postgresql.auto.conf in the data directory. */
export function listArguments(programs: PostgresPrograms, place: ServerPlace): string[] {
  const settings = {
    config_file: settingsFile(place),
    hba_file: join(place.configDir, 'pg_hba.conf'),
    ident_file: join(place.configDir, 'pg_ident.conf'),
    unix_socket_directories: programs.socketDir,
    unix_socket_permissions: '0700',
    listen_addresses: place.isListening ? '127.0.0.1' : '',
    logging_collector: 'off',
    cluster_name: place.name,
  };
  const assignments = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', place.dataDir, '-p', String(place.port), ...assignments];
}

/** How the command line of a server on this place can be told from all others. */
export function findMark(place: ServerPlace): string {
  return `config_file=${settingsFile(place)}`;
}

/** Lines of postmaster.pid: 1 pid, 4 port, 7 shared memory, 8 state. src/include/utils/pidfile.h */
export async function readPidFile(
  place: ServerPlace,
): Promise<{ pid: number; port: number; isReady: boolean }> {
  const text = await readFile(join(place.stateDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
}

function settingsFile(place: ServerPlace): string {
  return join(place.configDir, 'postgresql.conf');
}
