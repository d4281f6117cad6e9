// db-artifact local snapshot delete: gives up a snapshot of the local server.
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { openLocalAws, runPhase } from './aws.ts';

export function makeSnapshotDeleteCommand(context: CommandContext): Command {
  const command = new Command('delete')
    .description('Remove a snapshot. Clusters that were made from it stay.')
    .argument('<snapshot>', 'the snapshot');
  return command.action(async (name: string) => {
    const output = context.openOutput(command);
    const { deleteSnapshot, getSnapshot, waitUntilSnapshotIsGone } = await import('../../aws/snapshots.ts');
    const aws = await openLocalAws(context);
    const { DBClusterSnapshotIdentifier: id = name } = await getSnapshot(aws, name);
    await runPhase(context, output.progress, `removal of snapshot ${id}`, async (waiting) => {
      await deleteSnapshot(aws, id);
      await waitUntilSnapshotIsGone(aws, id, waiting);
    });
    await output.print({ document: { snapshot: id }, text: `snapshot ${id} is removed`, brief: id });
  });
}
