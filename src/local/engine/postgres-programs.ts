// The programs of one PostgreSQL installation, run as the engine's user. Knows how to run them, not what for.
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { RunResult } from '../../run.ts';
import type { EngineUser } from './engine-user.ts';
import { describeOutput, launchServer, runAsUser } from './launching.ts';

export interface PostgresPrograms {
  /** The folder with `postgres` and `initdb`. */
  readonly folder: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly majorVersion: string;
  readonly user: EngineUser;
  /** One short folder for the sockets of all servers; a socket's path has at most 107 bytes. */
  readonly socketDir: string;
  readonly env: NodeJS.ProcessEnv;
}

const OLDEST_MAJOR_VERSION = 15;

/** Asks the program itself, which also shows whether it can run at all. */
export async function readVersion(folder: string, user: EngineUser): Promise<string> {
  const program = join(folder, 'postgres');
  const result = await runAsUser(program, ['--version'], user);
  const version = /^postgres \(PostgreSQL\) (\d+(?:\.\d+)+)/.exec(result.stdout)?.[1];
  if (result.status !== 0 || version === undefined) {
    throw new FactoryError('ENGINE_FAILED', `${program} cannot be used: ${describeOutput(result)}`, {
      hint: 'Reinstall it, or name another folder of PostgreSQL programs.',
    });
  }
  if (Number.parseInt(version, 10) < OLDEST_MAJOR_VERSION) {
    const message = `${program} is version ${version}; ${OLDEST_MAJOR_VERSION} is the oldest that works`;
    throw new FactoryError('ENGINE_FAILED', message, { hint: 'Install a newer PostgreSQL.' });
  }
  return version;
}

export async function runInitdb(
  programs: PostgresPrograms,
  launchPrefix: readonly string[],
  args: readonly string[],
): Promise<RunResult> {
  const [program = '', ...rest] = [...launchPrefix, join(programs.folder, 'initdb'), ...args];
  return await runAsUser(program, rest, programs.user);
}

/** Output goes to the end of the log file, so that the server outlives this process. */
export async function launchPostgres(
  programs: PostgresPrograms,
  launchPrefix: readonly string[],
  args: readonly string[],
  logFile: string,
) {
  const command = [...launchPrefix, join(programs.folder, 'postgres'), ...args];
  return await launchServer(programs, command, logFile);
}
