// db-artifact local snapshot: clusters of the local server as they were at one moment.
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { makeSnapshotCreateCommand } from './snapshot-create.ts';
import { makeSnapshotDeleteCommand } from './snapshot-delete.ts';
import { makeSnapshotListCommand } from './snapshot-list.ts';
import { makeSnapshotRestoreCommand } from './snapshot-restore.ts';

export function makeLocalSnapshotCommand(context: CommandContext): Command {
  const command = new Command('snapshot').description('Keep clusters of the local RDS as they are now.');
  for (const make of [
    ...[makeSnapshotCreateCommand, makeSnapshotListCommand],
    ...[makeSnapshotRestoreCommand, makeSnapshotDeleteCommand],
  ]) {
    command.addCommand(make(context));
  }
  return command;
}
