// Waiting until a copy's cluster is usable, and until it is gone.
import { checkOwnedCluster, type OwnedCluster } from '../aws/owned.ts';
import { findCluster, startCluster } from '../aws/rds.ts';
import { type Look, waitUntil } from '../aws/wait.ts';
import { FactoryError } from '../errors.ts';
import { makeWaitOptions } from './busy.ts';
import { classifyStatus } from './statuses.ts';
import type { Job } from './step.ts';

/** After a create, RDS may not know the cluster for a while. */
const UNKNOWN_MS = 120_000;
/** A status flaps after a change; AWS's own handlers look as often. */
export const STABLE_LOOKS = 3;

export interface ClusterWait {
  /** It was there before, so that it is gone when RDS does not know it. */
  readonly isKnown?: boolean | undefined;
  /** It must look usable as often as this in a row, since it may seem so before a change begins. Default: once. */
  readonly stableLooks?: number | undefined;
}

/** Throws REFUSED or IS_SOURCE when there is a cluster of that name that is not this copy's. */
export async function findOwnedCluster(job: Job): Promise<OwnedCluster | undefined> {
  const cluster = await findCluster(job.aws, job.name);
  return cluster && checkOwnedCluster(cluster, job.name, job.source);
}

export async function getOwnedCluster(job: Job): Promise<OwnedCluster> {
  const cluster = await findOwnedCluster(job);
  if (cluster !== undefined) return cluster;
  throw new FactoryError('NOT_FOUND', `there is no cluster ${job.name} any more`);
}

/** Until it is usable and nothing of it is about to change. A stopped cluster is started. */
export async function waitForCluster(
  job: Job,
  phase: string,
  { isKnown = false, stableLooks = 1 }: ClusterWait = {},
): Promise<OwnedCluster> {
  const startMs = performance.now();
  let isStarted = false;
  let looks = 0;
  const look = async (): Promise<Look<OwnedCluster>> => {
    const cluster = await findOwnedCluster(job);
    if (cluster === undefined) {
      if (isKnown || performance.now() - startMs > UNKNOWN_MS)
        return { state: 'failed', detail: isKnown ? 'it is gone' : 'RDS does not know it' };
      return { state: 'pending', detail: 'not visible yet' };
    }
    if (cluster.Status === 'stopped' && !isStarted) {
      await startCluster(job.aws, cluster);
      isStarted = true;
    }
    const outcome = lookAtCluster(cluster);
    looks = outcome.state === 'ready' ? looks + 1 : 0;
    return outcome.state === 'ready' && looks < stableLooks
      ? { state: 'pending', detail: 'usable, but perhaps not for long' }
      : outcome;
  };
  return await waitUntil(look, makeWaitOptions(job, phase));
}

function lookAtCluster(cluster: OwnedCluster): Look<OwnedCluster> {
  const statusClass = classifyStatus(cluster.Status);
  if (statusClass === 'final') return { state: 'failed', detail: `its status is ${cluster.Status}` };
  if (statusClass !== 'usable') return { state: 'pending', detail: `status ${cluster.Status}` };
  const pending = listPendingValues(cluster);
  if (pending.length > 0) return { state: 'pending', detail: `pending change of ${pending.join(', ')}` };
  return { state: 'ready', value: cluster };
}

function listPendingValues({ PendingModifiedValues }: OwnedCluster): string[] {
  return Object.entries(PendingModifiedValues ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
}

/** With a resource id: or until another cluster has taken the name. */
export async function waitUntilGone(job: Job, phase: string, resourceId?: string): Promise<void> {
  const look = async (): Promise<Look<true>> => {
    const cluster = await findCluster(job.aws, job.name);
    const isAnother = resourceId !== undefined && cluster?.DbClusterResourceId !== resourceId;
    if (cluster === undefined || isAnother) return { state: 'ready', value: true };
    return { state: 'pending', detail: `status ${cluster.Status}` };
  };
  await waitUntil(look, makeWaitOptions(job, phase));
}
