// db-artifact local down: stops the local server and every database of it; their data stays.
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { CommandContext } from './context.ts';
import { findRunningServer, isSameProcess, type RunningServer } from './local-server-file.ts';

const STOP_TIMEOUT_MS = 120_000;
const POLL_MS = 50;

export function makeLocalDownCommand(context: CommandContext): Command {
  const command = new Command('down').description('Stop the local RDS. Its databases stay on the disk.');
  return command.action(async () => {
    const output = context.openOutput(command);
    const running = await findRunningServer(context.folders.localDir);
    if (running) await stopServer(running, output.progress);
    const text = running ? `the local RDS at ${running.url} has stopped` : 'the local RDS was not running';
    await output.print({ document: { wasRunning: running !== undefined }, text, brief: '' });
  });
}

async function stopServer(server: RunningServer, progress: Progress): Promise<void> {
  const phase = 'stop local RDS';
  progress({ type: 'phase', phase, state: 'started' });
  process.kill(server.pid, 'SIGTERM');
  const deadlineMs = performance.now() + STOP_TIMEOUT_MS;
  while (await isSameProcess(server)) {
    if (performance.now() > deadlineMs) {
      throw new FactoryError('TIMED_OUT', `the local RDS (process ${server.pid}) is still stopping`, {
        hint: 'db-artifact local logs shows what it does.',
      });
    }
    await sleep(POLL_MS);
  }
  progress({ type: 'phase', phase, state: 'done' });
}
