// Databases without engines: moves statuses on as the real ones do, at once, so that actions can be tested alone.
import type { Databases } from '../../src/local/databases.ts';
import type { LocalSettings } from '../../src/local/settings.ts';
import type { Store } from '../../src/local/store.ts';

export interface FakeDatabases extends Databases, AsyncDisposable {
  readonly appliedGroups: readonly string[];
}

export async function openFakeDatabases(settings: LocalSettings, store: Store): Promise<FakeDatabases> {
  const reserved = new Set<number>();
  const appliedGroups: string[] = [];
  const pending = new Set<Promise<void>>();
  let last: Promise<void> = Promise.resolve();
  /** One at a time: two that settle one cluster would remove it twice. */
  const inTurn = (settling: () => Promise<void>): Promise<void> => {
    last = last.then(settling);
    return last;
  };
  return {
    appliedGroups,
    engineVersions: [
      {
        engine: 'aurora-postgresql',
        version: '16.9',
        majorVersion: '16',
        description: 'PostgreSQL 16.9',
      },
      {
        engine: 'aurora-postgresql',
        version: '18.4',
        majorVersion: '18',
        description: 'PostgreSQL 18.4',
      },
      {
        engine: 'aurora-mysql',
        version: '11.8.6',
        majorVersion: '11.8',
        description: 'MariaDB 11.8.6',
      },
    ],
    wake(clusterId) {
      const turn = new Promise<void>((resolve) => setTimeout(resolve, settings.paceMs))
        .then(() => inTurn(async () => await settle(store, clusterId)))
        .finally(() => pending.delete(turn));
      pending.add(turn);
    },
    wakeSnapshot(snapshotId) {
      const turn = new Promise<void>((resolve) => setTimeout(resolve, settings.paceMs))
        .then(() => inTurn(async () => await settleSnapshot(store, snapshotId)))
        .finally(() => pending.delete(turn));
      pending.add(turn);
    },
    async applyAccess(groupId) {
      appliedGroups.push(groupId);
    },
    takeSpare: async () => undefined,
    waitForChange: async () => false,
    isDurable: () => true,
    hashPassword: async (engine, password) => `verifier:${engine}:${password.length}`,
    async reservePort(wanted) {
      const taken = (port: number) =>
        reserved.has(port) || store.clusters.list().some((cluster) => cluster.port === port);
      let port = wanted ?? settings.portRange.first;
      if (taken(port)) for (port = settings.portRange.first; taken(port); port++);
      reserved.add(port);
      return port;
    },
    async checkRoom() {},
    imports: {
      start: ({ clusterId }) => ({ clusterId, from: 'nowhere', state: 'checking', phases: [] }),
      find: () => undefined,
      abort: async () => false,
    },
    describe: async () => ({
      driver: { name: 'none', reason: 'a test' },
      disk: { folder: settings.dataDir, isPool: false, sizeBytes: 0, freeBytes: 0 },
      engines: [],
      clusters: [],
      usage: { memoryBytes: 0, memoryUsedBytes: 0, diskBytes: undefined, diskUsedBytes: 0 },
    }),
    async [Symbol.asyncDispose]() {
      await Promise.all(pending);
    },
  };
}

/** Says where a status ends; one that has ended stays. */
function endOf(status: string): string {
  return status === 'stopping' || status === 'stopped' ? 'stopped' : 'available';
}

async function settleSnapshot({ snapshots }: Store, id: string): Promise<void> {
  if (snapshots.get(id)?.status === 'deleting') await snapshots.remove(id);
  else if (snapshots.get(id)) {
    const statusSince = new Date().toISOString();
    await snapshots.update(id, (before) => ({
      ...before,
      status: 'available',
      statusSince,
      isVolumeReady: true,
    }));
  }
}

async function settle({ clusters, instances }: Store, clusterId: string): Promise<void> {
  const statusSince = new Date().toISOString();
  for (const { id, clusterId: parent } of instances.list()) {
    if (parent !== clusterId) continue;
    if (instances.get(id)?.status === 'deleting') await instances.remove(id);
    else {
      const status = endOf(clusters.get(clusterId)?.status ?? '');
      await instances.update(id, (before) => ({ ...before, status, statusSince }));
    }
  }
  const status = clusters.get(clusterId)?.status;
  if (status === 'deleting') await clusters.remove(clusterId);
  else if (status !== undefined) {
    const changes = { status: endOf(status), statusSince, isVolumeReady: true };
    await clusters.update(clusterId, (before) => ({ ...before, ...changes }));
  }
}
