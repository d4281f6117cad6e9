// db-artifact local snapshot create: keeps a cluster of the local server as it is now.
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { toSnapshotDocument } from '../snapshot-view.ts';
import { openLocalAws, runPhase } from './aws.ts';

export function makeSnapshotCreateCommand(context: CommandContext): Command {
  const command = new Command('create')
    .description('Keep a cluster as it is now, also for when it is gone.')
    .argument('<cluster>', 'the cluster')
    .argument('[snapshot]', 'the name of the snapshot (default: that of the cluster, and the time)');
  return command.action(async (cluster: string, name: string | undefined) => {
    const output = context.openOutput(command);
    const { createSnapshot, waitForSnapshot } = await import('../../aws/snapshots.ts');
    const aws = await openLocalAws(context);
    const id = (name ?? makeName(cluster, new Date())).toLowerCase();
    const snapshot = await runPhase(context, output.progress, `snapshot ${id}`, async (waiting) => {
      await createSnapshot(aws, cluster, id);
      return await waitForSnapshot(aws, id, waiting);
    });
    const hint = `db-artifact local snapshot restore ${id} NAME makes a cluster of it`;
    await output.print({
      document: { snapshot: toSnapshotDocument(snapshot) },
      text: `snapshot ${id} of ${snapshot.DBClusterIdentifier}\n${hint}`,
      brief: id,
    });
  });
}

/** Such as `shop-20300131-125959`, in UTC. */
function makeName(cluster: string, now: Date): string {
  const time = now.toISOString().replaceAll(/[-:]|\..*/g, '');
  return `${cluster}-${time.replace('T', '-')}`;
}
