// The cluster of a copy: restored or created, waited for, removed.

import { makePassword } from '../artifact/password.ts';
import { checkOwnedCluster, type OwnedCluster } from '../aws/owned.ts';
import {
  createCluster,
  deleteCluster,
  findCluster,
  modifyCluster,
  restoreCluster,
  startCluster,
} from '../aws/rds.ts';
import { type Look, waitUntil } from '../aws/wait.ts';
import { FactoryError } from '../errors.ts';
import type { CopyBuild } from './build.ts';
import { makeWaitOptions, removeWhenFree } from './busy.ts';
import { makeCreateInput, makeRestoreInput } from './inputs.ts';
import { findOwned } from './owning.ts';
import { listSecurityGroupIds } from './security-group.ts';
import { getRestoreId } from './source.ts';
import { classifyStatus } from './statuses.ts';
import type { Job, Part, Step } from './step.ts';

/** After a create, RDS may not know the cluster for a while. */
const UNKNOWN_MS = 120_000;

export function clusterPart(job: Job): Part {
  const phase = `cluster ${job.name}`;
  return {
    phase,
    stage: 1,
    find: async () =>
      findOwned(await findCluster(job.aws, job.name), (cluster) =>
        checkOwnedCluster(cluster, job.name, job.source),
      ),
    async remove(waits) {
      await removeWhenFree(job, phase, async () => {
        const cluster = await findOwnedCluster(job);
        if (cluster === undefined || cluster.Status === 'deleting') return;
        await deleteCluster(job.aws, await makeRemovable(job, cluster));
      });
      if (waits) await waitUntilGone(job, `remove ${phase}`);
    },
  };
}

export function clusterStep(build: CopyBuild): Step {
  return {
    ...clusterPart(build),
    async make() {
      const place = {
        name: build.name,
        sourceId: getRestoreId(build.liveSource),
        securityGroupIds: await listSecurityGroupIds(build),
        tags: build.tags,
      };
      if (build.settings.mode === 'clone') {
        await restoreCluster(build.aws, makeRestoreInput(build.settings, place));
        return;
      }
      const login = { username: getMasterUsername(build), password: makePassword(build.request.randomBytes) };
      await createCluster(build.aws, makeCreateInput(build.settings, place, login));
    },
    async wait() {
      await waitForCluster(build, `cluster ${build.name}`);
    },
  };
}

/** Of a fresh cluster. */
export function getMasterUsername({ request, liveSource }: CopyBuild): string {
  return request.username ?? liveSource.cluster.MasterUsername ?? 'dba';
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
export async function waitForCluster(job: Job, phase: string): Promise<OwnedCluster> {
  const startMs = performance.now();
  let isStarted = false;
  const look = async (): Promise<Look<OwnedCluster>> => {
    const cluster = await findOwnedCluster(job);
    if (cluster === undefined) {
      if (performance.now() - startMs > UNKNOWN_MS)
        return { state: 'failed', detail: 'RDS does not know it' };
      return { state: 'pending', detail: 'not visible yet' };
    }
    const statusClass = classifyStatus(cluster.Status);
    if (statusClass === 'final') return { state: 'failed', detail: `its status is ${cluster.Status}` };
    if (statusClass === 'stopped' && !isStarted) {
      await startCluster(job.aws, cluster);
      isStarted = true;
    }
    if (statusClass !== 'usable') return { state: 'pending', detail: `status ${cluster.Status}` };
    const pending = listPendingValues(cluster);
    if (pending.length > 0) return { state: 'pending', detail: `pending change of ${pending.join(', ')}` };
    return { state: 'ready', value: cluster };
  };
  return await waitUntil(look, makeWaitOptions(job, phase));
}

function listPendingValues({ PendingModifiedValues }: OwnedCluster): string[] {
  return Object.entries(PendingModifiedValues ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
}

/** A stopped cluster cannot be deleted, nor can a protected one. */
export async function makeRemovable(job: Job, cluster: OwnedCluster): Promise<OwnedCluster> {
  if (cluster.Status === 'stopped') await waitForCluster(job, `start ${job.name} to remove it`);
  if (!cluster.DeletionProtection) return cluster;
  await modifyCluster(job.aws, cluster, { DeletionProtection: false });
  return await waitForCluster(job, `lift the deletion protection of ${job.name}`);
}

async function waitUntilGone(job: Job, phase: string): Promise<void> {
  const look = async (): Promise<Look<true>> => {
    const cluster = await findCluster(job.aws, job.name);
    if (cluster === undefined) return { state: 'ready', value: true };
    return { state: 'pending', detail: `status ${cluster.Status}` };
  };
  await waitUntil(look, makeWaitOptions(job, phase));
}
