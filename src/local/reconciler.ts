// Wakes clusters: one reconcile at a time for each, again after a while when one failed, none after closing.
import { availableParallelism } from 'node:os';
import { getMessage } from '../errors.ts';
import type { Context } from './context.ts';
import { makePortReserver } from './ports.ts';
import { reconcileCluster } from './reconcile-cluster.ts';
import { stopServer } from './servers.ts';
import { makeLimit, makeTurns } from './turns.ts';

const RETRY_MS = 2_000;
/** Below the ports that servers listen on, where only root could. */
const MAX_BUILD_PORT = 1023;

type Parts = Pick<Context, 'settings' | 'store' | 'engines' | 'driver' | 'goldens'>;

export function makeReconciler(parts: Parts): { context: Context; close(): Promise<void> } {
  const turns = makeTurns();
  const queued = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  const writes = new Set<Promise<void>>();
  let isClosed = false;
  let builds = 0;

  const reconcile = async (clusterId: string): Promise<void> => {
    queued.delete(clusterId);
    if (isClosed) return;
    try {
      await reconcileCluster(context, clusterId);
    } catch (error) {
      context.settings.log(`cluster ${clusterId}: ${getMessage(error)}`);
      context.wakeIn(clusterId, RETRY_MS);
    }
  };

  const context: Context = {
    ...parts,
    servers: new Map(),
    failures: new Map(),
    copyTerms: new Map(),
    turns,
    limitStarts: makeLimit(2 * availableParallelism()),
    reservePort: makePortReserver(parts.settings, () => parts.store.clusters.list().map(({ port }) => port)),
    pickBuildPort: () => (builds++ % MAX_BUILD_PORT) + 1,
    goOn(writing) {
      const logged = writing.catch((error) => context.settings.log(`writing a record: ${getMessage(error)}`));
      writes.add(logged);
      void logged.then(() => writes.delete(logged));
    },
    wake(clusterId) {
      const cluster = context.store.clusters.get(clusterId);
      if (isClosed || !cluster || queued.has(clusterId)) return;
      queued.add(clusterId);
      void turns.take(cluster.resourceId, () => reconcile(clusterId));
    },
    wakeIn(clusterId, delayMs) {
      if (isClosed) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        context.wake(clusterId);
      }, delayMs);
      timers.add(timer);
    },
  };

  return {
    context,
    async close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      await turns.drain();
      await Promise.all([...context.servers.keys()].map((volumeId) => stopForNow(context, volumeId)));
      await Promise.all(writes);
    },
  };
}

/** The record still asks for a server, but it did not die. One that cannot be stopped is left for the next opening. */
async function stopForNow(context: Context, volumeId: string): Promise<void> {
  try {
    await stopServer(context, volumeId);
  } catch (error) {
    context.settings.log(`stopping the server of ${volumeId}: ${getMessage(error)}`);
    return;
  }
  const owner = context.store.clusters.list().find(({ resourceId }) => resourceId.toLowerCase() === volumeId);
  if (owner) await context.store.clusters.update(owner.id, ({ server: _, ...record }) => record);
}
