// db-artifact local down: stops the local server and every database of it; their data stays.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { FactoryError } from '../../errors.ts';
import { isProcessAlive } from '../../local/processes.ts';
import type { Progress } from '../../progress.ts';
import type { CommandContext } from '../context.ts';
import { removeLocalData, stopLeftovers } from './serve.ts';
import { findRunningServer, type RunningServer, removeServerFile } from './server-file.ts';

const STOP_TIMEOUT_MS = 120_000;
const POLL_MS = 50;

export function makeLocalDownCommand(context: CommandContext): Command {
  const command = new Command('down')
    .description('Stop the local RDS. Its databases stay on the disk.')
    .option('--delete', 'remove its databases too, all of them');
  return command.action(async (options: { delete?: boolean }) => {
    const output = context.openOutput(command);
    const { localDir } = context.folders;
    const running = await findRunningServer(localDir);
    if (running) await stopServer(running, output.progress);
    else await stopKilled(context);
    if (options.delete) await removeLocalData(context);
    const stopped = running ? `the local RDS at ${running.url} has stopped` : 'the local RDS was not running';
    const text = options.delete ? `${stopped}; ${localDir} is removed` : stopped;
    const document = { wasRunning: running !== undefined, isDeleted: options.delete ?? false };
    await output.print({ document, text, brief: '' });
  });
}

/** A server that was killed leaves databases and mounts behind; its lock, given back last, is the sign of it. */
async function stopKilled(context: CommandContext): Promise<void> {
  const { localDir } = context.folders;
  const wasKilled = await access(join(localDir, 'lock')).then(
    () => true,
    () => false,
  );
  if (wasKilled) await stopLeftovers(context);
  await removeServerFile(localDir);
}

async function stopServer(server: RunningServer, progress: Progress): Promise<void> {
  const phase = 'stop local RDS';
  progress({ type: 'phase', phase, state: 'started' });
  process.kill(server.pid, 'SIGTERM');
  const deadlineMs = performance.now() + STOP_TIMEOUT_MS;
  while (await isProcessAlive(server)) {
    if (performance.now() > deadlineMs) {
      throw new FactoryError('TIMED_OUT', `the local RDS (process ${server.pid}) is still stopping`, {
        hint: 'db-artifact local logs shows what it does.',
      });
    }
    await sleep(POLL_MS);
  }
  progress({ type: 'phase', phase, state: 'done' });
}
