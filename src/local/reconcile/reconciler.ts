// Makes what everything is reconciled with, and closes it: nothing goes on afterwards, and no server runs.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { getMessage } from '../../errors.ts';
import { openPorts } from '../ports.ts';
import type { Store } from '../store.ts';
import { type Context, getVolumeId } from './context.ts';
import { putIdleToSleep } from './falling-asleep.ts';
import { findReaderAddress, makeReaderEndpoints } from './reader-endpoints.ts';
import { reconcileCluster } from './reconcile-cluster.ts';
import { stopServer } from './servers.ts';
import { makeSleepers } from './sleepers.ts';
import { reconcileSnapshot } from './snapshots.ts';
import { makeSpares } from './spares.ts';
import { listSources, tendSpares } from './tend-spares.ts';
import { makeLimit, makeTurns } from './turns.ts';
import { makeWakes } from './wakes.ts';
import { makeWatchers } from './watchers.ts';

/** Below the ports that servers listen on, where only root could. */
const MAX_BUILD_PORT = 1023;
/** How often the spares of a source are compared with it. */
const LOOK_MS = 1_000;

type Parts = Pick<
  Context,
  'settings' | 'store' | 'engines' | 'driver' | 'goldens' | 'forksAhead' | 'metrics' | 'imports'
>;

export interface Reconciler {
  readonly context: Context;
  /** From now on spares are made: before, what is left of earlier ones cannot be told from them. */
  start(): void;
  close(): Promise<void>;
}

export function makeReconciler(parts: Parts): Reconciler {
  const turns = makeTurns();
  const writes = new Set<Promise<void>>();
  let builds = 0;
  const { log } = parts.settings;
  const clusterWakes = makeWakes({
    turns,
    findTurn: (id) => parts.store.clusters.get(id)?.resourceId,
    reconcile: async (id) => await reconcileCluster(context, id),
    log: (line) => log(`cluster ${line}`),
  });
  const snapshotWakes = makeWakes({
    turns,
    findTurn: (id) => parts.store.snapshots.get(id)?.volumeId,
    reconcile: async (id) => await reconcileSnapshot(context, id),
    log: (line) => log(`snapshot ${line}`),
  });
  const spareWakes = makeWakes({
    turns,
    findTurn: (id) => parts.store.clusters.get(id)?.resourceId,
    reconcile: async (id) => await tendSpares(context, id),
    log: (line) => log(`spares of ${line}`),
  });
  const spares = makeSpares();
  const sleepers = makeSleepers();
  const usedAt = new Map<string, number>();

  const context: Context = {
    ...parts,
    servers: new Map(),
    failures: new Map(),
    copyTerms: new Map(),
    turns,
    sleepers,
    spares,
    spareWakes,
    watchers: makeWatchers(),
    limitStarts: makeLimit(2 * availableParallelism()),
    ports: openPorts(
      { portRange: parts.settings.portRange, path: join(parts.settings.dataDir, 'last-port') },
      () => [...listPorts(parts.store), ...spares.listAll().map(({ port }) => port)],
    ),
    readerEndpoints: makeReaderEndpoints(log, findReaderAddress(process.platform)),
    pickBuildPort: () => (builds++ % MAX_BUILD_PORT) + 1,
    goOn(writing) {
      const logged = writing.catch((error) => context.settings.log(`writing a record: ${getMessage(error)}`));
      writes.add(logged);
      void logged.then(() => writes.delete(logged));
    },
    wake: clusterWakes.wake,
    wakeIn: clusterWakes.wakeIn,
    snapshotWakes,
  };

  let looking: NodeJS.Timeout | undefined;

  return {
    context,
    start() {
      looking = setInterval(() => {
        for (const id of listSources(context)) spareWakes.wake(id);
        context.goOn(putIdleToSleep(context, usedAt));
      }, LOOK_MS).unref();
    },
    async close() {
      clearInterval(looking);
      spareWakes.close();
      await parts.imports.close();
      await Promise.all(writes);
      clusterWakes.close();
      snapshotWakes.close();
      await turns.drain();
      await parts.forksAhead.close();
      await context.readerEndpoints.close();
      await Promise.all([...context.servers.keys()].map((volumeId) => stopForNow(context, volumeId)));
      await Promise.all(writes);
      await sleepers.close();
    },
  };
}

function listPorts({ clusters, instances }: Store): number[] {
  const ports = clusters.list().map(({ port }) => port);
  return [...ports, ...instances.list().flatMap(({ reader }) => (reader ? [reader.port] : []))];
}

/** The record still asks for a server, but it did not die. One that cannot be stopped is left for the next opening. */
async function stopForNow(context: Context, volumeId: string): Promise<void> {
  try {
    await stopServer(context, volumeId);
  } catch (error) {
    context.settings.log(`stopping the server of ${volumeId}: ${getMessage(error)}`);
    return;
  }
  const owner = context.store.clusters.list().find((cluster) => getVolumeId(cluster) === volumeId);
  if (owner) await context.store.clusters.update(owner.id, ({ server: _, ...record }) => record);
}
