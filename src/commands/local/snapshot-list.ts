// db-artifact local snapshot list: the snapshots of the local server.
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { formatSnapshotTable, toSnapshotDocument } from '../snapshot-view.ts';
import { openLocalAws } from './aws.ts';

export function makeSnapshotListCommand(context: CommandContext): Command {
  const command = new Command('list')
    .description('List snapshots, oldest first.')
    .argument('[cluster]', 'only those of this cluster, which may be gone');
  return command.action(async (cluster: string | undefined) => {
    const output = context.openOutput(command);
    const { listSnapshots } = await import('../../aws/snapshots.ts');
    const snapshots = await listSnapshots(await openLocalAws(context), cluster);
    await output.print({
      document: { items: snapshots.map(toSnapshotDocument) },
      text: formatSnapshotTable(snapshots),
      brief: snapshots.map((snapshot) => snapshot.DBClusterSnapshotIdentifier).join('\n'),
    });
  });
}
