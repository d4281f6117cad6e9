// What reconciling a cluster works with; made once by open-databases.ts and handed down.
import type { CopyTerms, Engine } from '../engine/engine.ts';
import type { Metrics } from '../figures/metrics.ts';
import type { Imports } from '../import/imports.ts';
import type { PortReserver } from '../ports.ts';
import type { ClusterRecord } from '../records.ts';
import type { LocalSettings } from '../settings.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { Store } from '../store.ts';
import type { ForksAhead } from './forks-ahead.ts';
import type { Goldens } from './goldens.ts';
import type { ReaderEndpoints } from './reader-endpoints.ts';
import type { RunningServer } from './servers.ts';
import type { Sleepers } from './sleepers.ts';
import type { Spares } from './spares.ts';
import type { Turns } from './turns.ts';
import type { Wakes } from './wakes.ts';
import type { Watchers } from './watchers.ts';

export interface Context {
  readonly settings: LocalSettings;
  readonly store: Store;
  readonly engines: readonly Engine[];
  readonly driver: StorageDriver;
  readonly goldens: Goldens;
  readonly forksAhead: ForksAhead;
  readonly metrics: Metrics;
  readonly imports: Imports;
  /** By volume. */
  readonly servers: Map<string, RunningServer>;
  /** By volume: when a server died or did not start, in milliseconds since 1970. */
  readonly failures: Map<string, number[]>;
  /** By volume: what a stopped one holds, once it was looked at and until a server starts on it. */
  readonly copyTerms: Map<string, CopyTerms>;
  /** By resource id of a cluster, volume of a snapshot, or name of a template. */
  readonly turns: Turns;
  /** By volume: whose server sleeps. */
  readonly sleepers: Sleepers;
  /** By resource id of their source. */
  readonly spares: Spares;
  /** By id of the source. */
  readonly spareWakes: Pick<Wakes, 'wake' | 'wakeIn'>;
  /** By id of a cluster: told when a status moved on, before it is written. */
  readonly watchers: Watchers;
  /** Starting is work for the processor: more at a time only make each of them slower. */
  readonly limitStarts: <T>(work: () => Promise<T>) => Promise<T>;
  /** Ports that no cluster has and nothing listens on. */
  readonly ports: PortReserver;
  readonly readerEndpoints: ReaderEndpoints;
  /** For the socket of a server that nobody outside connects to; differs from the last ones. */
  pickBuildPort(): number;
  /** For writes that nothing waits for: memory is ahead of the disk, and looking again finds the same. */
  goOn(writing: Promise<void>): void;
  wake(clusterId: string): void;
  wakeIn(clusterId: string, delayMs: number): void;
  readonly snapshotWakes: Pick<Wakes, 'wake' | 'wakeIn'>;
}

/** Names of volumes have small letters only. */
export function getVolumeId(cluster: Pick<ClusterRecord, 'resourceId'>): string {
  return cluster.resourceId.toLowerCase();
}

export function findByResourceId(context: Context, resourceId: string): ClusterRecord | undefined {
  return context.store.clusters.list().find((cluster) => cluster.resourceId === resourceId);
}
