// Decides what to do next for a cluster, from what is wanted and what is so. Pure: looks at facts, does nothing.

import type { ClusterRecord, InstanceRecord } from '../records.ts';
import type { ReaderFacts } from './next-reader-step.ts';

export interface ClusterFacts {
  readonly cluster: ClusterRecord;
  readonly instances: readonly InstanceRecord[];
  readonly writer: InstanceRecord | undefined;
  /** Of every instance that is a reader, or was one a moment ago. */
  readonly readers: readonly ReaderFacts[];
  /** The writer's. */
  readonly server: WriterFacts | undefined;
  /** Of the readers that there should be. */
  readonly followersKey: string;
  /** Of the access rules that the security groups ask for now. */
  readonly accessKey: string;
  /** A clone or a snapshot of this cluster is still to be made. */
  readonly isNeeded: boolean;
  /** It is deleted on condition of a snapshot that could not be made. */
  readonly isFinalSnapshotLost: boolean;
  /** When the server died or did not start, in milliseconds since 1970. */
  readonly failures: readonly number[];
  readonly nowMs: number;
  /** How long a clone may run a server before it has an instance. */
  readonly prestartMs: number;
  /** Its server was stopped since nobody used it, and nobody has connected since. */
  readonly isAsleep: boolean;
}

export interface ServerFacts {
  readonly port: number;
  readonly startedAtMs: number;
  readonly accessKey: string | undefined;
}

export interface WriterFacts extends ServerFacts {
  /** Of the readers that may follow it. */
  readonly followersKey: string | undefined;
  readonly canBeFollowed: boolean;
}

export type Step =
  | 'make-volume'
  | 'set-writer'
  | 'start-server'
  | 'stop-server'
  | 'set-password'
  | 'set-access'
  | 'set-followers'
  | 'give-up';

/** So many failures in so short a time, and a server is not started again by itself. */
const MAX_FAILURES = 3;
const FAILURE_WINDOW_MS = 60_000;

export const DOWN =
  /^(stopping|stopped|deleting|failed|storage-full|incompatible-.*|inaccessible-.*|.*-failed)$/;

/** An import is what AWS calls a migration. */
const BEING_MADE = /^(creating|migrating)$/;

/** Undefined: nothing is left but to wait for statuses to move on. */
export function findNextStep(facts: ClusterFacts): Step | undefined {
  const { cluster, server } = facts;
  if (!cluster.isVolumeReady) return BEING_MADE.test(cluster.status) ? 'make-volume' : undefined;
  if (!isServerWanted(facts)) return findPrestep(facts);
  if (cluster.hasHadReaders && facts.writer?.id !== cluster.writerId) return 'set-writer';
  if (!server && isSleepDue(facts)) return undefined;
  if (!server) return hasGivenUp(facts.failures, facts.nowMs) ? 'give-up' : 'start-server';
  if (server.port !== cluster.port || isRebootDue(facts, server.startedAtMs)) return 'stop-server';
  if (cluster.hasHadReaders && !server.canBeFollowed) return 'stop-server';
  if (cluster.pendingVerifier !== undefined) return 'set-password';
  if (server.accessKey !== facts.accessKey) return 'set-access';
  if (cluster.hasHadReaders && server.followersKey !== facts.followersKey) return 'set-followers';
  return undefined;
}

/** The instance of a clone is made right after it, so its server may as well start; nobody is let in yet. */
function findPrestep(facts: ClusterFacts): Step | undefined {
  const { cluster, instances, server, failures, nowMs, prestartMs } = facts;
  const isSoonWanted =
    cluster.origin.kind === 'restore' &&
    !DOWN.test(cluster.status) &&
    instances.length === 0 &&
    nowMs < Date.parse(cluster.createdAt) + prestartMs;
  if (!isSoonWanted) return server || facts.isAsleep ? 'stop-server' : undefined;
  if (server) return cluster.pendingVerifier === undefined ? undefined : 'set-password';
  return cluster.status === 'available' && failures.length === 0 ? 'start-server' : undefined;
}

/** Aurora's split: a cluster is storage, and something runs only while it has an instance. */
export function isServerWanted({ cluster, writer }: ClusterFacts): boolean {
  if (!writer || DOWN.test(cluster.status)) return false;
  return !DOWN.test(writer.status) || (cluster.status === 'starting' && writer.status === 'stopped');
}

/** Whatever is asked of a cluster, its server is there for. */
function isSleepDue({ isAsleep, cluster, instances }: ClusterFacts): boolean {
  return isAsleep && [cluster, ...instances].every(({ status }) => status === 'available');
}

/** Another instance takes over by starting anew: sessions end, and nothing else is lost. */
function isRebootDue({ cluster, writer }: ClusterFacts, startedAtMs: number): boolean {
  return [
    { ...cluster, isDue: cluster.status === 'failing-over' },
    { ...writer, isDue: writer?.status === 'rebooting' },
  ].some(({ statusSince, isDue }) => isDue && startedAtMs < Date.parse(statusSince ?? ''));
}

export function hasGivenUp(failures: readonly number[], nowMs: number): boolean {
  return failures.filter((at) => at > nowMs - FAILURE_WINDOW_MS).length >= MAX_FAILURES;
}
