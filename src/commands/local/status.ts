// db-artifact local status: what the local server says of itself.
import { Command } from 'commander';
import { formatDuration } from '../../artifact/duration.ts';
import type { LocalStatus } from '../../local/figures/read-status.ts';
import { makeTree } from '../cluster-tree.ts';
import type { CommandContext } from '../context.ts';
import type { Folders } from '../folders.ts';
import type { Printable } from '../output.ts';
import { formatBytes, formatFacts, formatTable } from '../table.ts';
import { getRunningServer, type RunningServer } from './server-file.ts';

type Cluster = ReturnType<typeof toClusterDocument>;

const HEAD = ['cluster', 'status', 'version', 'port', 'own', 'shared', 'memory', 'clients', 'up', 'survives'];

export function makeLocalStatusCommand(context: CommandContext): Command {
  const command = new Command('status').description('Show the local RDS and its clusters.');
  return command.action(async () => {
    const output = context.openOutput(command);
    const running = await getRunningServer(context.folders.localDir);
    const status = await readStatus(context.folders.localDir, running);
    await output.print(describeStatus(running, status, context.folders, Date.now()));
  });
}

export async function readStatus(localDir: string, { url, region }: RunningServer): Promise<LocalStatus> {
  const { readLocalStatus } = await import('../../local/figures/read-status.ts');
  const { openCredentials } = await import('../../local/http/credentials.ts');
  return await readLocalStatus(url, region, await openCredentials(localDir));
}

export function describeStatus(
  { url, pid, region }: RunningServer,
  status: LocalStatus,
  { localDir }: Folders,
  nowMs: number,
): Printable {
  const { driver, disk, engines, usage } = status;
  const clusters = status.clusters.map(toClusterDocument);
  const facts = formatFacts({
    'local RDS': url,
    process: String(pid),
    region,
    profile: 'db-artifact-local',
    data: localDir,
    storage: `${driver.name} (${driver.reason})`,
    [disk.isPool ? 'pool' : 'disk']: `${formatBytes(disk.freeBytes)} of ${formatBytes(disk.sizeBytes)} free`,
    memory: `${formatBytes(usage.memoryUsedBytes)} of ${formatBytes(usage.memoryBytes)} used`,
    'disk of databases': formatDiskUsage(usage),
    engines: engines.map(({ engine, version }) => `${engine} ${version}`).join(', '),
  });
  const rows = makeTree(clusters).map(({ item, branch }) => formatRow(item, branch, nowMs));
  return {
    document: {
      ...{ url, pid, region, profile: 'db-artifact-local', dataDir: localDir },
      ...{ driver, disk, engines, clusters },
      usage: { ...usage, diskBytes: usage.diskBytes ?? null },
    },
    text: rows.length === 0 ? facts : `${facts}\n\n${formatTable(HEAD, rows)}`,
    brief: url,
  };
}

function formatDiskUsage({ diskUsedBytes, diskBytes }: LocalStatus['usage']): string {
  const used = formatBytes(diskUsedBytes);
  return diskBytes === undefined ? used : `${used} of ${formatBytes(diskBytes)} used`;
}

function toClusterDocument(cluster: LocalStatus['clusters'][number]) {
  return {
    ...cluster,
    sourceId: cluster.sourceId ?? null,
    serverPid: cluster.serverPid ?? null,
    startedAt: cluster.startedAt ?? null,
    memoryBytes: cluster.memoryBytes ?? null,
    connections: cluster.connections ?? null,
    ownBytes: cluster.ownBytes ?? null,
    sharedBytes: cluster.sharedBytes ?? null,
    apparentBytes: cluster.apparentBytes ?? null,
    goldenId: cluster.goldenId ?? null,
    readers: cluster.readers.map((reader) => ({ ...reader, serverPid: reader.serverPid ?? null })),
  };
}

function formatStatus({ status, readers }: Cluster): string {
  if (readers.length === 0) return status;
  return `${status}, ${readers.length} reader${readers.length === 1 ? '' : 's'}`;
}

function formatRow(cluster: Cluster, branch: string, nowMs: number): readonly string[] {
  const formatSize = (bytes: number | null): string => (bytes === null ? '-' : formatBytes(bytes));
  const { startedAt, connections } = cluster;
  return [
    `${branch}${cluster.id}`,
    formatStatus(cluster),
    `${cluster.engine} ${cluster.engineVersion}`,
    String(cluster.port),
    ...[cluster.ownBytes, cluster.sharedBytes, cluster.memoryBytes].map(formatSize),
    connections === null ? '-' : String(connections),
    startedAt === null ? '-' : formatDuration((nowMs - Date.parse(startedAt)) / 1000),
    cluster.isDurable ? 'power cut' : 'crash',
  ];
}
