// Runs the programs of an engine as the engine's user, and starts servers that outlive this process.
import { open, rename, stat } from 'node:fs/promises';
import { FactoryError, getMessage } from '../../errors.ts';
import { type RunResult, runProgram, startDetached } from '../../run.ts';
import { type EngineUser, pickIds } from './engine-user.ts';
import { quoteEnd } from './logs.ts';

/** A log starts again when it is larger than this at the start of a server; one old one is kept. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** The environment holds nothing of ours. */
export function makeEngineEnv(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };
}

export async function runAsUser(
  program: string,
  args: readonly string[],
  user: EngineUser,
): Promise<RunResult> {
  const options = { env: makeEngineEnv(), cwd: '/', timeoutMs: 120_000, ...pickIds(user) };
  try {
    return await runProgram(program, args, options);
  } catch (error) {
    throw new FactoryError('ENGINE_FAILED', `running ${program} ${args.join(' ')}: ${getMessage(error)}`, {
      cause: error,
    });
  }
}

/** Output goes to the end of the log file, never into a pipe. */
export async function launchServer(
  { user, env }: { readonly user: EngineUser; readonly env: NodeJS.ProcessEnv },
  [program = '', ...args]: readonly string[],
  logFile: string,
) {
  if (((await stat(logFile).catch(() => undefined))?.size ?? 0) > MAX_LOG_BYTES) {
    await rename(logFile, `${logFile}.1`);
  }
  const log = await open(logFile, 'a', 0o600);
  try {
    const logStart = (await log.stat()).size;
    const child = await startDetached(program, args, { env, cwd: '/', logFd: log.fd, ...pickIds(user) });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve())); // it may end at once
    return { child, exited, logStart };
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
