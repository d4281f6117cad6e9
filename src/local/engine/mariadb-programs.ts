// Finds the programs of a MariaDB installation. Knows where they are, not what they are run for.
import { access, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { EngineUser } from './engine-user.ts';
import { describeOutput, makeEngineEnv, runAsUser } from './launching.ts';

export interface MariadbPrograms {
  /** The folder with `mariadbd`. */
  readonly folder: string;
  readonly server: string;
  /** mariadb-install-db. */
  readonly installer: string;
  /** The root of the installation: the server looks for its messages and plugins below it. */
  readonly baseDir: string;
  /** Such as `10.11.14`. */
  readonly version: string;
  /** Such as `10.11`: data directories fit within it. */
  readonly majorVersion: string;
  readonly user: EngineUser;
  readonly socketDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where Debian, Fedora and Homebrew put it. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/libexec', '/opt/homebrew/bin', '/usr/local/bin'];
/** Of the first LTS version with everything that is used here (BACKUP STAGE, global_priv, one redo log file). */
const OLDEST_VERSION = '10.6';

/** One installation is no more than one engine. Empty where there is none. */
export async function findSystemMariadb(): Promise<readonly string[]> {
  for (const folder of SYSTEM_FOLDERS) {
    if (await exists(join(folder, 'mariadbd'))) return [folder];
  }
  return [];
}

/** Asks the program itself, which also shows whether it can run at all. */
export async function openMariadbPrograms(
  folder: string,
  user: EngineUser,
  socketDir: string,
): Promise<MariadbPrograms> {
  const server = join(folder, 'mariadbd');
  const version = await readVersion(server, user);
  const baseDir = await findBaseDir(server);
  const installer = await findInstaller(folder, baseDir);
  const majorVersion = version.split('.').slice(0, 2).join('.');
  const env = makeEngineEnv();
  return { folder, server, installer, baseDir, version, majorVersion, user, socketDir, env };
}

async function readVersion(server: string, user: EngineUser): Promise<string> {
  const result = await runAsUser(server, ['--no-defaults', '--version'], user);
  const version = /Ver (\d+\.\d+\.\d+)-MariaDB/.exec(result.stdout)?.[1];
  if (result.status !== 0 || version === undefined) {
    throw new FactoryError('ENGINE_FAILED', `${server} cannot be used: ${describeOutput(result)}`, {
      hint: 'Reinstall it, or name another folder of MariaDB programs.',
    });
  }
  if (version.localeCompare(OLDEST_VERSION, 'en', { numeric: true }) < 0) {
    const message = `${server} is version ${version}; ${OLDEST_VERSION} is the oldest that works`;
    throw new FactoryError('ENGINE_FAILED', message, { hint: 'Install a newer MariaDB.' });
  }
  return version;
}

/** Its folder may hold a link to the program. */
async function findBaseDir(server: string): Promise<string> {
  const folder = dirname(await realpath(server));
  return /^(s?bin|libexec)$/.test(basename(folder)) ? dirname(folder) : folder;
}

async function findInstaller(folder: string, baseDir: string): Promise<string> {
  const folders = [folder, join(baseDir, 'bin'), join(baseDir, 'scripts')];
  for (const candidate of folders.map((path) => join(path, 'mariadb-install-db'))) {
    if (await exists(candidate)) return candidate;
  }
  throw new FactoryError('ENGINE_FAILED', `there is no mariadb-install-db in ${folders.join(', ')}`, {
    hint: 'Install the whole MariaDB server.',
  });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
