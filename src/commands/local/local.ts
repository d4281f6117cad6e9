// db-artifact local: the RDS-compatible server of this machine.
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { makeLocalDownCommand } from './down.ts';
import { makeLocalEnvCommand } from './env.ts';
import { makeLocalImportCommand } from './import.ts';
import { makeLocalLogsCommand } from './logs.ts';
import { makeLocalPoolCommand } from './pool.ts';
import { makeLocalSnapshotCommand } from './snapshot.ts';
import { makeLocalStatusCommand } from './status.ts';
import { makeLocalUpCommand } from './up.ts';
import { makeLocalWarmCommand } from './warm.ts';

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
