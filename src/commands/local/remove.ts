// db-artifact local remove: removes a cluster of the local RDS that is no copy, such as an imported source.
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { FactoryError } from '../../errors.ts';
import type { LocalStatus } from '../../local/figures/read-status.ts';
import type { CommandContext } from '../context.ts';
import { formatBytes } from '../table.ts';
import { openLocalAws, runPhase } from './aws.ts';
import { getRunningServer, type RunningServer } from './server-file.ts';
import { readStatus } from './status.ts';

const POLL_MS = 50;

export function makeLocalRemoveCommand(context: CommandContext): Command {
  const command = new Command('remove')
    .description(
      'Remove a cluster with its data, such as an imported one. Its clones stay. Copies are for destroy.',
    )
    .argument('<cluster>', 'the cluster')
    .option('--yes', 'really remove it; without, it is only said what would go');
  return command.action(async (name: string, { yes = false }: { yes?: boolean }) => {
    const output = context.openOutput(command);
    const id = name.toLowerCase();
    const running = await getRunningServer(context.folders.localDir);
    const { clusters } = await readStatus(context.folders.localDir, running);
    await checkRemovable(context, id, clusters);
    if (!yes) throw askFor(id, clusters);
    await runPhase(context, output.progress, `removal of ${id}`, async ({ deadlineMs }) => {
      await removeCluster(context, running, id);
      await waitUntilGone(context, running, { id, deadlineMs });
    });
    await output.print({ document: { cluster: id }, text: `cluster ${id} is removed`, brief: id });
  });
}

async function checkRemovable(
  context: CommandContext,
  id: string,
  clusters: LocalStatus['clusters'],
): Promise<void> {
  if (!clusters.some((cluster) => cluster.id === id)) {
    throw new FactoryError('NOT_FOUND', `there is no cluster ${id} in the local RDS`, {
      hint: 'db-artifact local status shows the clusters.',
    });
  }
  const { findCopy } = await import('../../copies/list.ts');
  if ((await findCopy(await openLocalAws(context), id)) === undefined) return;
  throw new FactoryError('REFUSED', `${id} is a copy, with more to it than a cluster`, {
    hint: `Remove it with everything that was made for it: db-artifact destroy ${id}`,
  });
}

/** The name alone may be a slip, and nothing brings a source back. */
function askFor(id: string, clusters: LocalStatus['clusters']): FactoryError {
  const size = clusters.find((cluster) => cluster.id === id)?.apparentBytes;
  const clones = clusters.filter(({ sourceId }) => sourceId === id).map((clone) => clone.id);
  const data = size === undefined ? 'its data' : `its ${formatBytes(size)} of data`;
  const kept = clones.length === 0 ? '' : `; its clones stay (${clones.join(', ')})`;
  return new FactoryError('REFUSED', `removing ${id} would delete ${data} for good${kept}`, {
    hint: `Nothing was removed. If that is what you want: db-artifact local remove ${id} --yes`,
  });
}

async function removeCluster({ folders }: CommandContext, { url, region }: RunningServer, id: string) {
  const { callLocal } = await import('../../local/figures/read-status.ts');
  const { openCredentials } = await import('../../local/http/credentials.ts');
  const { forgetPassword } = await import('../passwords.ts');
  const credentials = await openCredentials(folders.localDir);
  const answer = await callLocal({ url, region, credentials }, 'DeleteLocalCluster', {
    DBClusterIdentifier: id,
  });
  await forgetPassword(folders.copiesDir, (answer as { resourceId: string }).resourceId);
}

async function waitUntilGone(
  { folders, signal }: CommandContext,
  running: RunningServer,
  { id, deadlineMs }: { readonly id: string; readonly deadlineMs: number },
): Promise<void> {
  for (;;) {
    const { clusters } = await readStatus(folders.localDir, running);
    if (!clusters.some((cluster) => cluster.id === id)) return;
    signal.throwIfAborted();
    if (performance.now() > deadlineMs) {
      throw new FactoryError('TIMED_OUT', `${id} is still being removed`, {
        hint: 'It may wait for clones of it that are being made. The same command goes on waiting.',
      });
    }
    await sleep(POLL_MS);
  }
}
