// db-artifact local up: starts the local server in the background, or finds it, and writes its AWS profile.
import { mkdir, open, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { EXIT, FactoryError } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import { startDetached } from '../../run.ts';
import type { CommandContext } from '../context.ts';
import { collect, parsePort, parsePorts, parseSize, parseSleep, parseWarm, parsing } from '../options.ts';
import { type ServeOptions, serveLocal } from './serve.ts';
import { findRunningServer, type RunningServer } from './server-file.ts';
import { describeStatus, readStatus } from './status.ts';

interface UpOptions extends Omit<ServeOptions, 'region' | 'paceMs'> {
  readonly pace: number;
  readonly region?: string | undefined;
  readonly foreground?: boolean | undefined;
  readonly profile: boolean;
}

const DEFAULT_PORT = 15_432;
/** Not us-east-1: there the AWS CLI 1 overrides a profile's endpoint with the address of RDS itself. */
const DEFAULT_REGION = 'eu-west-1';
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 50;

const parsePace = parsing((text) => {
  if (/^\d{1,4}(\.\d{1,3})?$/.test(text)) return Number(text);
  throw new Error('a pace is a number of seconds, such as 30 or 0.5.');
});

export function makeLocalUpCommand(context: CommandContext): Command {
  const command = new Command('up')
    .description('Start the local RDS and write the AWS profile db-artifact-local.')
    .option('--port <port>', 'where its API answers, 0 for any free one', parsePort, DEFAULT_PORT)
    .option('--region <region>', 'the region that it plays (default: AWS_REGION, else eu-west-1)')
    .addOption(
      new Option('--driver <driver>', 'the storage driver (default: the best that works here)').choices([
        ...['overlay', 'snapshot', 'reflink', 'copy'],
      ]),
    )
    .option('--postgres-bin <folder>', 'a folder of PostgreSQL programs, repeatable', collect, [])
    .option(
      '--mariadb-bin <folder>',
      "a folder of MariaDB programs, repeatable (default: the system's)",
      collect,
    )
    .option('--pace <seconds>', 'how long a status such as creating stays at least', parsePace, 0)
    .option('--superuser', 'make master users superusers, which they are not on AWS')
    .option('--ports <first-last>', 'ports for clusters (default: 15500-16499)', parsePorts)
    .option(
      '--memory <size>',
      'what all databases may take together (default: 80 % of the machine)',
      parseSize,
    )
    .option('--disk <size>', 'what all databases may take together (default: what the disk has)', parseSize)
    .option('--warm <count>', 'servers to keep ready for clones of every source that was cloned', parseWarm)
    .option(
      '--sleep-after <duration>',
      'let copies sleep that nobody was connected to for so long',
      parseSleep,
    )
    .option('--durable-copies', 'let copies survive a power cut, as their sources do')
    .option('--no-profile', 'leave the AWS profile alone')
    .option('--foreground', 'serve in this process until it is told to stop');
  return command.action(async (options: UpOptions) => {
    const output = context.openOutput(command);
    const region = options.region ?? (await findRegion(context));
    const serving = { ...options, region, paceMs: options.pace * 1000 };
    if (options.foreground) return await serveLocal(context, serving, output);
    const { localDir } = context.folders;
    const running =
      (await findRunningServer(localDir)) ?? (await startServer(context, serving, output.progress));
    if (options.profile) await writeLocalProfile(context, running);
    const status = await readStatus(localDir, running);
    await output.print(describeStatus(running, status, context.folders, Date.now()));
  });
}

/** A folder keeps the region of its first start, whatever the environment says later. */
async function findRegion({ env, folders }: CommandContext): Promise<string> {
  const { findPlayedRegion } = await import('../../local/played-region.ts');
  const played = await findPlayedRegion(folders.localDir);
  return played ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? DEFAULT_REGION;
}

async function startServer(
  context: CommandContext,
  options: ServeOptions,
  progress: Progress,
): Promise<RunningServer> {
  const { localDir } = context.folders;
  const phase = 'local RDS';
  progress({ type: 'phase', phase, state: 'started' });
  await mkdir(localDir, { recursive: true, mode: 0o711 });
  const logPath = join(localDir, 'server.log');
  const log = await open(logPath, 'a', 0o600);
  const logStart = (await log.stat()).size;
  try {
    const { program, args } = context.launch;
    const child = await startDetached(program, [...args, ...makeArguments(options)], {
      env: { ...context.env, DB_ARTIFACT_DATA_DIR: context.folders.dataDir },
      cwd: '/',
      logFd: log.fd,
    });
    const running = await waitForServer(
      localDir,
      child.pid,
      () => child.exitCode !== null || child.signalCode !== null,
    );
    if (running === undefined) throw await describeFailure(logPath, logStart, child.exitCode);
    progress({ type: 'phase', phase, state: 'done', detail: running.url });
    return running;
  } catch (error) {
    progress({ type: 'phase', phase, state: 'failed' });
    throw error;
  } finally {
    await log.close();
  }
}

function makeArguments(options: ServeOptions): string[] {
  return [
    ...['local', 'up', '--foreground', '--port', String(options.port), '--region', options.region],
    ...['--pace', String(options.paceMs / 1000)],
    ...(options.driver ? ['--driver', options.driver] : []),
    ...options.postgresBin.flatMap((folder) => ['--postgres-bin', folder]),
    ...(options.mariadbBin ?? []).flatMap((folder) => ['--mariadb-bin', folder]),
    ...(options.superuser ? ['--superuser'] : []),
    ...(options.ports ? ['--ports', `${options.ports.first}-${options.ports.last}`] : []),
    ...(options.memory ? ['--memory', `${options.memory / 1024}K`] : []),
    ...(options.disk ? ['--disk', `${options.disk / 1024}K`] : []),
    ...(options.warm ? ['--warm', String(options.warm)] : []),
    ...(options.sleepAfter ? ['--sleep-after', `${options.sleepAfter / 1000}s`] : []),
    ...(options.durableCopies ? ['--durable-copies'] : []),
  ];
}

/** Undefined: it ended instead of answering. */
async function waitForServer(
  localDir: string,
  pid: number,
  hasEnded: () => boolean,
): Promise<RunningServer | undefined> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    const running = await findRunningServer(localDir);
    if (running?.pid === pid) return running;
    if (hasEnded()) return undefined;
    await sleep(POLL_MS);
  }
  throw new FactoryError('TIMED_OUT', `the local RDS (process ${pid}) does not answer yet`, {
    hint: 'db-artifact local logs shows what it does.',
  });
}

/** The server's own last words, as if they had been said here. */
async function describeFailure(
  logPath: string,
  logStart: number,
  exitStatus: number | null,
): Promise<FactoryError> {
  const said = (await readFile(logPath)).subarray(logStart).toString();
  const message = /^error: (.*)$/m.exec(said)?.[1];
  if (message === undefined) {
    return new FactoryError('OPERATION_FAILED', 'the local RDS ended before it answered', {
      problems: said.trim().split('\n').slice(-5),
      hint: `All of its output is in ${logPath}.`,
    });
  }
  const code =
    exitStatus === EXIT.conflict
      ? 'ALREADY_RUNNING'
      : exitStatus === EXIT.invalid
        ? 'BAD_CONFIGURATION'
        : 'OPERATION_FAILED';
  return new FactoryError(code, `the local RDS did not start: ${message}`, {
    hint: /^Hint: (.*)$/m.exec(said)?.[1] ?? `All of its output is in ${logPath}.`,
  });
}

async function writeLocalProfile(
  { env, folders }: CommandContext,
  { url, region }: RunningServer,
): Promise<void> {
  const { PROFILE_NAME, writeProfile } = await import('../../local/profile.ts');
  const { openCredentials } = await import('../../local/http/credentials.ts');
  const credentials = await openCredentials(folders.localDir);
  await writeProfile({
    env,
    homeDir: env['HOME'] || homedir(),
    name: PROFILE_NAME,
    url,
    region,
    ...credentials,
  });
}
