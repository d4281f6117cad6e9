// The programs of one PostgreSQL installation, run as the engine's user. Knows how to run them, not what for.
import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError, getMessage } from '../../errors.ts';
import { type RunResult, runProgram, startDetached } from '../../run.ts';
import { type EngineUser, pickIds } from './engine-user.ts';
import { quoteEnd } from './logs.ts';

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

/** A log starts again when it is larger than this at the start of a server; one old one is kept. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;
const OLDEST_MAJOR_VERSION = 15;

/** Asks the program itself, which also shows whether it can run at all. */
export async function readVersion(folder: string, user: EngineUser): Promise<string> {
  const program = join(folder, 'postgres');
  const result = await run(program, ['--version'], user);
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

/** The environment holds nothing of ours. */
export function makeEngineEnv(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };
}

export async function runInitdb(
  programs: PostgresPrograms,
  launchPrefix: readonly string[],
  args: readonly string[],
): Promise<RunResult> {
  const [program = '', ...rest] = [...launchPrefix, join(programs.folder, 'initdb'), ...args];
  return await run(program, rest, programs.user);
}

/** Output goes to the end of the log file, so that the server outlives this process. */
export async function launchPostgres(
  programs: PostgresPrograms,
  launchPrefix: readonly string[],
  args: readonly string[],
  logFile: string,
) {
  const [program = '', ...rest] = [...launchPrefix, join(programs.folder, 'postgres'), ...args];
  if (((await stat(logFile).catch(() => undefined))?.size ?? 0) > MAX_LOG_BYTES) {
    await rename(logFile, `${logFile}.1`);
  }
  const log = await open(logFile, 'a', 0o600);
  try {
    const logStart = (await log.stat()).size;
    const ids = pickIds(programs.user);
    const child = await startDetached(program, rest, { env: programs.env, cwd: '/', logFd: log.fd, ...ids });
    return { child, logStart };
  } catch (error) {
    throw new FactoryError('ENGINE_FAILED', getMessage(error), { cause: error });
  } finally {
    await log.close();
  }
}

export function describeOutput(result: RunResult): string {
  const said = quoteEnd(result.stderr) || quoteEnd(result.stdout);
  return said || `it ended with status ${result.status} and said nothing`;
}

async function run(program: string, args: readonly string[], user: EngineUser) {
  try {
    return await runProgram(program, args, {
      env: makeEngineEnv(),
      cwd: '/',
      timeoutMs: 120_000,
      ...pickIds(user),
    });
  } catch (error) {
    throw new FactoryError('ENGINE_FAILED', `running ${program} ${args.join(' ')}: ${getMessage(error)}`, {
      cause: error,
    });
  }
}
