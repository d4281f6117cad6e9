// The cluster of a copy: restored or created, waited for, removed.
import { makePassword } from '../artifact/password.ts';
import { checkOwnedCluster, type OwnedCluster } from '../aws/owned.ts';
import { createCluster, deleteCluster, findCluster, modifyCluster, restoreCluster } from '../aws/rds.ts';
import type { CopyBuild } from './build.ts';
import { removeWhenFree } from './busy.ts';
import { makeCreateInput, makeRestoreInput } from './inputs.ts';
import { checkOwnTurn } from './making.ts';
import { findOwned } from './owning.ts';
import { listSecurityGroupIds } from './security-group.ts';
import { getRestoreId } from './source.ts';
import type { Job, Part, Step } from './step.ts';
import { findOwnedCluster, waitForCluster, waitUntilGone } from './wait-for-cluster.ts';

export function clusterPart(job: Job): Part {
  const phase = `cluster ${job.name}`;
  return {
    phase,
    stage: 1,
    isBilled: true,
    find: async () =>
      findOwned(await findCluster(job.aws, job.name), (cluster) =>
        checkOwnedCluster(cluster, job.name, job.source),
      ),
    async remove(waits) {
      const isOurs = await removeWhenFree(job, phase, async () => {
        const cluster = await findOwnedCluster(job);
        if (cluster === undefined || cluster.Status === 'deleting') return false;
        const removable = await makeRemovable(job, cluster);
        if (removable !== undefined) await deleteCluster(job.aws, removable);
        return removable !== undefined;
      });
      if (waits) await waitUntilGone(job, `remove ${phase}`);
      return isOurs;
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
      const cluster = await findOwnedCluster(build);
      if (cluster !== undefined) checkOwnTurn(cluster, build);
      await waitForCluster(build, `cluster ${build.name}`);
    },
  };
}

/** Of a fresh cluster. */
export function getMasterUsername({ request, liveSource }: CopyBuild): string {
  return request.username ?? liveSource.cluster.MasterUsername ?? 'dba';
}

/**
 * A stopped cluster cannot be deleted, nor can a protected one. Undefined: it is being removed already, perhaps by
 * another run at the same moment.
 */
export async function makeRemovable(job: Job, cluster: OwnedCluster): Promise<OwnedCluster | undefined> {
  try {
    const phase = `start ${job.name} to remove it`;
    const running =
      cluster.Status === 'stopped' ? await waitForCluster(job, phase, { isKnown: true }) : cluster;
    if (!running.DeletionProtection) return running;
    await modifyCluster(job.aws, running, { DeletionProtection: false });
    return await waitForCluster(job, `lift the deletion protection of ${job.name}`, { isKnown: true });
  } catch (error) {
    const left = await findOwnedCluster(job);
    if (left === undefined || left.Status === 'deleting') return undefined;
    throw error;
  }
}
