// db-artifact local status: what the local server says of itself.
import { Command } from 'commander';
import type { LocalStatus } from '../local/read-status.ts';
import type { CommandContext } from './context.ts';
import type { Folders } from './folders.ts';
import { getRunningServer, type RunningServer } from './local-server-file.ts';
import type { Printable } from './output.ts';
import { formatBytes, formatFacts, formatTable } from './table.ts';

export function makeLocalStatusCommand(context: CommandContext): Command {
  const command = new Command('status').description('Show the local RDS and its clusters.');
  return command.action(async () => {
    const output = context.openOutput(command);
    const running = await getRunningServer(context.folders.localDir);
    const status = await readStatus(context.folders.localDir, running);
    await output.print(describeStatus(running, status, context.folders));
  });
}

export async function readStatus(localDir: string, { url, region }: RunningServer): Promise<LocalStatus> {
  const { readLocalStatus } = await import('../local/read-status.ts');
  const { openCredentials } = await import('../local/credentials.ts');
  return await readLocalStatus(url, region, await openCredentials(localDir));
}

export function describeStatus(
  { url, pid, region }: RunningServer,
  { driver, engines, clusters }: LocalStatus,
  { localDir }: Folders,
): Printable {
  const facts = formatFacts({
    'local RDS': url,
    process: String(pid),
    region,
    profile: 'db-artifact-local',
    data: localDir,
    storage: `${driver.name} (${driver.reason})`,
    engines: engines.map(({ engine, version }) => `${engine} ${version}`).join(', '),
  });
  const rows = clusters.map(({ id, status, port, serverPid, ownBytes, apparentBytes }) => [
    id,
    status,
    String(port),
    serverPid === undefined ? '-' : String(serverPid),
    ownBytes === undefined ? '-' : formatBytes(ownBytes),
    apparentBytes === undefined ? '-' : formatBytes(apparentBytes),
  ]);
  const table = formatTable(['cluster', 'status', 'port', 'process', 'own', 'size'], rows);
  return {
    document: {
      url,
      pid,
      region,
      profile: 'db-artifact-local',
      dataDir: localDir,
      driver,
      engines,
      clusters: clusters.map((cluster) => ({
        ...cluster,
        serverPid: cluster.serverPid ?? null,
        ownBytes: cluster.ownBytes ?? null,
        apparentBytes: cluster.apparentBytes ?? null,
        goldenId: cluster.goldenId ?? null,
      })),
    },
    text: rows.length === 0 ? facts : `${facts}\n\n${table}`,
    brief: url,
  };
}
