// The master password and what else a restore cannot take: one ModifyDBCluster.
import { findCluster, modifyCluster } from '../aws/rds.ts';
import type { CopyBuild } from './build.ts';
import { changeWhenFree } from './busy.ts';
import { makeModifyInput } from './inputs.ts';
import { describeConnection, tryLogin } from './login.ts';
import type { Found, Step } from './step.ts';
import { getOwnedCluster, waitForCluster } from './wait-for-cluster.ts';

/** Told whenever the password is sent to RDS, since it takes effect later. */
export function credentialsStep(build: CopyBuild, onSent: () => void): Step {
  const phase = `password and settings of ${build.name}`;
  return {
    phase,
    stage: 2,
    /** A password that was asked for and works needs no change; a generated one is always new. */
    async find(): Promise<Found> {
      if (build.request.isPasswordManaged) return await findManagedPassword(build);
      if (build.isPasswordOfOthers) return 'ours';
      if (!build.isPasswordAsked || build.gate !== undefined) return 'missing';
      const cluster = await findCluster(build.aws, build.name);
      if (cluster?.Endpoint === undefined || !cluster.DBClusterMembers?.length) return 'missing';
      const login = await tryLogin(describeConnection(cluster, build.password), build.request.env);
      return login.outcome === 'ok' ? 'ours' : 'missing';
    },
    async make() {
      await sendCredentials(build, phase, build.request.isPasswordManaged ? undefined : build.password);
      onSent();
    },
    async wait() {
      await waitForCluster(build, phase);
    },
  };
}

async function findManagedPassword(build: CopyBuild): Promise<Found> {
  if (build.gate !== undefined) return 'missing'; // behind the gate the password is another one
  const cluster = await findCluster(build.aws, build.name);
  return cluster?.MasterUserSecret?.SecretArn === undefined ? 'missing' : 'ours';
}

/** Safe to repeat. */
export async function sendCredentials(
  build: CopyBuild,
  phase: string,
  password: string | undefined,
): Promise<void> {
  await changeWhenFree(build, phase, async () => {
    const cluster = await getOwnedCluster(build);
    const changes = makeModifyInput(build.settings, password);
    // A secret of Secrets Manager is given up only when that is said.
    const isTakenBack = password !== undefined && cluster.MasterUserSecret !== undefined;
    const ending = isTakenBack ? { ManageMasterUserPassword: false } : {};
    await modifyCluster(build.aws, cluster, { ...changes, ...ending });
  });
}
