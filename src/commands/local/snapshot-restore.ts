// db-artifact local snapshot restore: a cluster with one instance that begins as a snapshot.
import { Command } from 'commander';
import type { AwsConnection } from '../../aws/connect.ts';
import type { DBCluster, DBClusterSnapshot } from '../../aws/types.ts';
import type { Look, WaitOptions } from '../../aws/wait.ts';
import type { CommandContext } from '../context.ts';
import { parsePort } from '../options.ts';
import { formatFacts } from '../table.ts';
import { openLocalAws, runPhase } from './aws.ts';

/** All are the same on this machine. */
const INSTANCE_CLASS = 'db.r6g.large';

export function makeSnapshotRestoreCommand(context: CommandContext): Command {
  const command = new Command('restore')
    .description('Make a cluster that begins as a snapshot, with the passwords of its time.')
    .argument('<snapshot>', 'the snapshot')
    .argument('<cluster>', 'the name of the new cluster')
    .option(
      '--port <port>',
      "where it answers (default: the port of the snapshot's cluster, if free)",
      parsePort,
    );
  return command.action(async (name: string, cluster: string, { port }: { port?: number }) => {
    const output = context.openOutput(command);
    const { getSnapshot, restoreSnapshot } = await import('../../aws/snapshots.ts');
    const aws = await openLocalAws(context);
    const id = cluster.toLowerCase();
    const snapshot = await getSnapshot(aws, name);
    const restored = await runPhase(context, output.progress, `cluster ${id}`, async (waiting) => {
      await restoreSnapshot(aws, snapshot, { id, port });
      return await startRestored(aws, id, snapshot, waiting);
    });
    await output.print(describeRestored(restored, name));
  });
}

async function startRestored(
  aws: AwsConnection,
  id: string,
  { Engine }: DBClusterSnapshot,
  waiting: WaitOptions,
): Promise<DBCluster> {
  const { createInstance, getCluster, listInstances } = await import('../../aws/rds.ts');
  const { waitUntil } = await import('../../aws/wait.ts');
  const instance = { DBInstanceIdentifier: `${id}-1`, DBInstanceClass: INSTANCE_CLASS, Engine };
  await createInstance(aws, { ...instance, DBClusterIdentifier: id });
  return await waitUntil(async (): Promise<Look<DBCluster>> => {
    const [found, cluster] = [(await listInstances(aws, id))[0], await getCluster(aws, id)];
    const status = cluster.Status === 'available' ? found?.DBInstanceStatus : cluster.Status;
    if (status === 'available') return { state: 'ready', value: cluster };
    return { state: status === 'failed' ? 'failed' : 'pending', detail: `the status is ${status}` };
  }, waiting);
}

function describeRestored(cluster: DBCluster, snapshot: string) {
  const { DBClusterIdentifier: id = '', Endpoint: endpoint, Port: port, MasterUsername: user } = cluster;
  const database = cluster.DatabaseName;
  return {
    document: {
      cluster: {
        id,
        snapshot,
        endpoint: endpoint ?? null,
        port: port ?? null,
        user,
        database: database ?? null,
      },
    },
    text: formatFacts({ cluster: id, endpoint, port: String(port), user, database, snapshot }),
    brief: id,
  };
}
