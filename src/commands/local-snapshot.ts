// db-artifact local snapshot: clusters of the local server as they were at one moment.
import { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { makeSnapshotCreateCommand } from './local-snapshot-create.ts';
import { makeSnapshotDeleteCommand } from './local-snapshot-delete.ts';
import { makeSnapshotListCommand } from './local-snapshot-list.ts';
import { makeSnapshotRestoreCommand } from './local-snapshot-restore.ts';

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
