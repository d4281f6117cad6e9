// db-artifact local warm: how many servers the local RDS keeps ready for clones of one cluster.
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { parseWarm } from '../options.ts';
import { openLocalAws } from './aws.ts';

export function makeLocalWarmCommand(context: CommandContext): Command {
  const command = new Command('warm')
    .description('Keep servers ready for clones of one cluster of the local RDS.')
    .argument('<cluster>', 'the cluster')
    .argument('<count>', 'how many, 0 for none', parseWarm);
  return command.action(async (name: string, count: number) => {
    const output = context.openOutput(command);
    const { getCluster } = await import('../../aws/rds.ts');
    const { setWarm } = await import('../../aws/warm.ts');
    const aws = await openLocalAws(context);
    const cluster = await getCluster(aws, name);
    await setWarm(aws, cluster, count);
    const id = cluster.DBClusterIdentifier ?? name;
    const text = `${count} servers are kept ready for clones of ${id} while nobody writes to it`;
    await output.print({ document: { cluster: id, warm: count }, text, brief: id });
  });
}
