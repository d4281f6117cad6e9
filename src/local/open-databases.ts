// Opens the databases: finds engines and storage, adopts what runs, removes what nobody owns, and wakes every cluster.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError, getMessage } from '../errors.ts';
import { findAccessRules, getAccessKey } from './access.ts';
import type { Databases } from './databases.ts';
import { openEngines } from './engine/engines.ts';
import { describeEngine, makeDescribe } from './figures/describe.ts';
import { type Metrics, makeMetrics } from './figures/metrics.ts';
import { makeUsage } from './figures/usage.ts';
import { openImports } from './import/imports.ts';
import { openStorage } from './open-storage.ts';
import { getConfigFolder, getLogFolder, isDurable } from './places.ts';
import { moveInstance } from './reconcile/changes.ts';
import { type Context, getVolumeId } from './reconcile/context.ts';
import { makeForksAhead } from './reconcile/forks-ahead.ts';
import { openGoldens } from './reconcile/goldens.ts';
import { removeLeftovers } from './reconcile/leftovers.ts';
import { adoptReader, getReaderVolumeId } from './reconcile/readers.ts';
import { makeReconciler } from './reconcile/reconciler.ts';
import { adoptServer, type RunningServer } from './reconcile/servers.ts';
import { takeSpare } from './reconcile/tend-spares.ts';
import type { ClusterRecord } from './records.ts';
import type { LocalSettings } from './settings.ts';
import type { OpenStorage } from './storage/drivers.ts';
import type { Store } from './store.ts';

/** Disposing stops every server; their clusters start again with the next opening. */
export async function openDatabases(
  settings: LocalSettings,
  store: Store,
  metrics: Metrics = makeMetrics(),
): Promise<Databases & AsyncDisposable> {
  await makeFolders(settings.dataDir);
  const engines = await openEngines(settings);
  const storage = await openStorage(settings);
  try {
    const { driver } = storage;
    const forksAhead = makeForksAhead(driver);
    const goldens = await openGoldens(join(settings.dataDir, 'goldens.json'), driver, forksAhead);
    const imports = await openImports(settings, engines);
    const parts = { settings, store, engines, driver, goldens, forksAhead, metrics, imports };
    const reconciler = makeReconciler(parts);
    try {
      await resume(reconciler.context);
      reconciler.start();
    } catch (error) {
      await reconciler.close();
      throw error;
    }
    return makeDatabases(reconciler, storage);
  } catch (error) {
    await storage[Symbol.asyncDispose]();
    throw error;
  }
}

async function makeFolders(dataDir: string): Promise<void> {
  // The engine's user passes through, and finds closed folders of others.
  for (const folder of [dataDir, getConfigFolder(dataDir)])
    await mkdir(folder, { recursive: true, mode: 0o711 });
  await mkdir(getLogFolder(dataDir), { recursive: true, mode: 0o700 });
}

async function resume(context: Context): Promise<void> {
  for (const cluster of context.store.clusters.list()) {
    try {
      if (cluster.isVolumeReady) await adoptServer(context, cluster);
    } catch (error) {
      context.settings.log(`looking for the server of ${cluster.id}: ${getMessage(error)}`);
    }
  }
  for (const instance of context.store.instances.list()) {
    const cluster = context.store.clusters.get(instance.clusterId);
    try {
      if (cluster) await adoptReader(context, cluster, instance);
    } catch (error) {
      context.settings.log(`looking for the server of ${instance.id}: ${getMessage(error)}`);
    }
  }
  await removeLeftovers(context);
  await retryFailed(context);
  for (const cluster of context.store.clusters.list()) context.wake(cluster.id);
  for (const snapshot of context.store.snapshots.list()) context.snapshotWakes.wake(snapshot.id);
}

/** What kept a server from living may be gone by now: another version, more room, a free port. */
async function retryFailed(context: Context): Promise<void> {
  for (const { id, status } of context.store.instances.list()) {
    if (status === 'failed' || status === 'storage-full')
      await moveInstance(context, id, status, 'rebooting');
  }
}

function makeDatabases(
  { context, close }: ReturnType<typeof makeReconciler>,
  storage: OpenStorage,
): Databases & AsyncDisposable {
  const { engines } = context;
  const usage = makeUsage(context, storage);
  return {
    engineVersions: engines.map(describeEngine),
    wake: context.wake,
    wakeSnapshot: context.snapshotWakes.wake,
    async applyAccess(securityGroupId) {
      await applyAccess(context, securityGroupId);
    },
    async waitForChange(clusterId, timeoutMs) {
      if (context.settings.paceMs > 0) return false;
      await context.watchers.wait(clusterId, timeoutMs);
      return true;
    },
    isDurable: (cluster) => isDurable(context, cluster),
    async hashPassword(family, password) {
      const engine = engines.find((candidate) => candidate.family === family);
      if (engine) return await engine.hashPassword(password);
      throw new FactoryError('ENGINE_MISSING', `${family} is not installed on this machine`);
    },
    reservePort: context.ports.reserve,
    takeSpare: async (sourceResourceId, clusterId) => await takeSpare(context, sourceResourceId, clusterId),
    checkRoom: usage.checkRoom,
    describe: makeDescribe(context, storage, usage),
    imports: context.imports,
    async [Symbol.asyncDispose]() {
      await close();
      await storage[Symbol.asyncDispose]();
    },
  };
}

/** Of servers that let somebody in already; the others get the newest rules when they do. */
async function applyAccess(context: Context, securityGroupId: string): Promise<void> {
  const users = context.store.clusters
    .list()
    // One that is being made lets nobody in yet, and may take hours: an import.
    .filter((cluster) => cluster.isVolumeReady && cluster.securityGroupIds.includes(securityGroupId));
  await Promise.all(
    users.map(async ({ id, resourceId }) => {
      await context.turns.take(resourceId, async () => {
        const cluster = context.store.clusters.get(id);
        if (!cluster) return;
        const rules = findAccessRules(context.store, cluster);
        for (const running of listServers(context, cluster)) {
          if (running.accessKey === undefined || running.accessKey === getAccessKey(rules)) continue;
          await running.server.setAccess(rules);
          running.accessKey = getAccessKey(rules);
        }
      });
    }),
  );
}

/** The writer's and the readers'. */
function listServers({ servers, store }: Context, cluster: ClusterRecord): readonly RunningServer[] {
  const instances = store.instances.list().filter(({ clusterId }) => clusterId === cluster.id);
  const volumeIds = [getVolumeId(cluster), ...instances.map(getReaderVolumeId)];
  return volumeIds.flatMap((volumeId) => servers.get(volumeId) ?? []);
}
