// db-artifact local: the RDS-compatible server of this machine.
import { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { makeLocalDownCommand } from './local-down.ts';
import { makeLocalEnvCommand } from './local-env.ts';
import { makeLocalImportCommand } from './local-import.ts';
import { makeLocalLogsCommand } from './local-logs.ts';
import { makeLocalPoolCommand } from './local-pool.ts';
import { makeLocalSnapshotCommand } from './local-snapshot.ts';
import { makeLocalStatusCommand } from './local-status.ts';
import { makeLocalUpCommand } from './local-up.ts';
import { makeLocalWarmCommand } from './local-warm.ts';

export function makeLocalCommand(context: CommandContext): Command {
  const command = new Command('local').description('Run an RDS-compatible server on this machine.');
  for (const make of [
    ...[makeLocalUpCommand, makeLocalDownCommand, makeLocalStatusCommand],
    ...[makeLocalEnvCommand, makeLocalLogsCommand, makeLocalSnapshotCommand],
    ...[makeLocalWarmCommand, makeLocalPoolCommand],
    makeLocalImportCommand,
  ]) {
    command.addCommand(make(context));
  }
  return command;
}
