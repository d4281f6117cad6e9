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
      { engine: 'aurora-mysql', version: '11.8.6', majorVersion: '11.8', description: 'MariaDB 11.8.6' },
    ],
    wake(clusterId) {
      const turn = new Promise<void>((resolve) => setTimeout(resolve, settings.paceMs))
        .then(() => settle(store, clusterId))
        .finally(() => pending.delete(turn));
      pending.add(turn);
    },
    async applyAccess(groupId) {
      appliedGroups.push(groupId);
    },
    hashPassword: async (engine, password) => `verifier:${engine}:${password.length}`,
    async reservePort(wanted) {
      const taken = (port: number) =>
        reserved.has(port) || store.clusters.list().some((cluster) => cluster.port === port);
      let port = wanted ?? settings.portRange.first;
      if (taken(port)) for (port = settings.portRange.first; taken(port); port++);
      reserved.add(port);
      return port;
    },
    describe: async () => ({ driver: { name: 'none', reason: 'a test' }, engines: [], clusters: [] }),
    async [Symbol.asyncDispose]() {
      await Promise.all(pending);
    },
  };
}

async function settle(store: Store, clusterId: string): Promise<void> {
  const statusSince = new Date().toISOString();
  for (const instance of store.instances.list().filter((one) => one.clusterId === clusterId)) {
    const clusterStatus = store.clusters.get(clusterId)?.status;
    if (instance.status === 'deleting') await store.instances.remove(instance.id);
    else {
      const status = clusterStatus === 'stopping' ? 'stopped' : 'available';
      await store.instances.update(instance.id, (before) => ({ ...before, status, statusSince }));
    }
  }
  const cluster = store.clusters.get(clusterId);
  if (cluster?.status === 'deleting') await store.clusters.remove(clusterId);
  else if (cluster) {
    const status = cluster.status === 'stopping' ? 'stopped' : 'available';
    await store.clusters.update(clusterId, (before) => ({
      ...before,
      status,
      statusSince,
      isVolumeReady: true,
    }));
  }
}
