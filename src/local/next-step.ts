// Decides what to do next for a cluster, from what is wanted and what is so. Pure: looks at facts, does nothing.
import type { ClusterRecord, InstanceRecord } from './records.ts';

export interface ClusterFacts {
  readonly cluster: ClusterRecord;
  readonly instances: readonly InstanceRecord[];
  readonly server:
    | { readonly port: number; readonly startedAtMs: number; readonly accessKey: string | undefined }
    | undefined;
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
}

export type Step = 'make-volume' | 'start-server' | 'stop-server' | 'set-password' | 'set-access' | 'give-up';

/** So many failures in so short a time, and a server is not started again by itself. */
const MAX_FAILURES = 3;
const FAILURE_WINDOW_MS = 60_000;

const DOWN = /^(stopping|stopped|deleting|failed|storage-full|incompatible-.*|inaccessible-.*|.*-failed)$/;

/** Undefined: nothing is left but to wait for statuses to move on. */
export function findNextStep(facts: ClusterFacts): Step | undefined {
  const { cluster, server } = facts;
  if (!cluster.isVolumeReady) return cluster.status === 'creating' ? 'make-volume' : undefined;
  if (!isServerWanted(facts)) return findPrestep(facts);
  if (!server) return hasGivenUp(facts) ? 'give-up' : 'start-server';
  if (server.port !== cluster.port || isRebootDue(facts, server.startedAtMs)) return 'stop-server';
  if (cluster.pendingVerifier !== undefined) return 'set-password';
  if (server.accessKey !== facts.accessKey) return 'set-access';
  return undefined;
}

/** The instance of a clone is made right after it, so its server may as well start; nobody is let in yet. */
function findPrestep(facts: ClusterFacts): Step | undefined {
  const { cluster, instances, server, failures, nowMs, prestartMs } = facts;
  const isSoonWanted =
    cluster.origin.kind === 'restore' &&
    cluster.status === 'available' &&
    instances.length === 0 &&
    failures.length === 0 &&
    nowMs < Date.parse(cluster.createdAt) + prestartMs;
  if (!isSoonWanted) return server && 'stop-server';
  return server ? undefined : 'start-server';
}

/** Aurora's split: a cluster is storage, and something runs only while it has an instance. */
export function isServerWanted({ cluster, instances }: ClusterFacts): boolean {
  if (DOWN.test(cluster.status)) return false;
  const isStarting = cluster.status === 'starting';
  return instances.some(({ status }) => !DOWN.test(status) || (isStarting && status === 'stopped'));
}

function isRebootDue({ instances }: ClusterFacts, startedAtMs: number): boolean {
  return instances.some(
    ({ status, statusSince }) => status === 'rebooting' && startedAtMs < Date.parse(statusSince),
  );
}

function hasGivenUp({ failures, nowMs }: ClusterFacts): boolean {
  return failures.filter((at) => at > nowMs - FAILURE_WINDOW_MS).length >= MAX_FAILURES;
}
