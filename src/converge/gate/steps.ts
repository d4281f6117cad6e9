// The steps of a copy with a gate. Until its work is done only the converger's address is let in, the master password is
// a random one, and the tag says `shut`; then come the real password, the real networks, and at last the tag.

import { withSignal } from '../../aws/connect.ts';
import { addClusterTags } from '../../aws/groups.ts';
import { type OwnedCluster, readTags } from '../../aws/owned.ts';
import { modifyCluster } from '../../aws/rds.ts';
import type { Tag } from '../../aws/types.ts';
import type { CopyBuild } from '../build.ts';
import { changeWhenFree } from '../busy.ts';
import { clusterStep } from '../cluster.ts';
import { credentialsStep, sendCredentials } from '../credentials.ts';
import { instancesStep, readersStep, writerStep } from '../instances.ts';
import { getConnection } from '../login.ts';
import { checkOwnTurn, finishMaking } from '../making.ts';
import { getManagedConnection } from '../managed-password.ts';
import { securityGroupStep, setIngress } from '../security-group.ts';
import type { Step } from '../step.ts';
import { subnetGroupStep } from '../subnet-group.ts';
import { makeTag } from '../tags.ts';
import { waitForLogin } from '../verify.ts';
import { getOwnedCluster, waitForCluster } from '../wait-for-cluster.ts';
import { describeWork, type Gate } from './gate.ts';
import { doGateWork, type GateOutcome, makeUnreachableError } from './work.ts';

export interface GateEvents {
  /** The real password was sent to RDS, where it takes effect later. */
  onPasswordSent(): void;
  onPassed(outcome: GateOutcome): void;
}

export function listGatedSteps(build: CopyBuild, gate: Gate, events: GateEvents): Step[] {
  // On a reader a login of the source could get in that only the writer can lock, and its session could not be ended.
  const hasLateReaders = gate.work.inheritedLogins !== undefined && build.settings.readers > 0;
  return [
    subnetGroupStep(build),
    securityGroupStep(build),
    clusterStep(build),
    shutStep(build, gate),
    hasLateReaders ? writerStep(build) : instancesStep(build),
    convergerStep(build, gate),
    workStep(build, gate, events),
    { ...credentialsStep(build, () => events.onPasswordSent()), stage: 6 },
    ...(hasLateReaders ? [readersStep(build, 6)] : []),
    openStep(build),
  ];
}

/** Before there is an instance to connect to: a clone begins with its source's password. */
function shutStep(build: CopyBuild, gate: Gate): Step {
  const phase = `shut gate of ${build.name}`;
  return {
    phase,
    stage: 2,
    find: async () => 'missing',
    async make() {
      const cluster = await getOwnedCluster(build);
      await addClusterTags(build.aws, cluster, listShutTags(build, gate, cluster));
      await setIngress(build, cluster.Port ?? build.settings.port, []);
      await sendCredentials(build, phase, gate.password);
    },
    async wait() {
      await waitForCluster(build, phase);
    },
  };
}

/** A copy that was there may be worked on by a corrected artifact now. */
function listShutTags(build: CopyBuild, { work }: Gate, cluster: OwnedCluster): Tag[] {
  const { artifactDigest } = build.request;
  return [
    makeTag('gate', readTags(cluster.TagList)['gate'] === 'kept' ? 'kept' : 'shut'),
    ...(work.maskingDigest === undefined ? [] : [makeTag('masking', work.maskingDigest)]),
    ...(artifactDigest === undefined ? [] : [makeTag('artifact', artifactDigest)]),
  ];
}

function convergerStep(build: CopyBuild, gate: Gate): Step {
  return {
    phase: `access for ${gate.cidr} alone`,
    stage: 4,
    find: async () => 'missing',
    async make() {
      await setIngress(build, (await getOwnedCluster(build)).Port ?? build.settings.port, [gate.cidr]);
    },
    async wait() {},
  };
}

function workStep(build: CopyBuild, gate: Gate, events: GateEvents): Step {
  return {
    phase: `${describeWork(gate.work)} of ${build.name}`,
    stage: 5,
    find: async () => 'missing',
    async make() {
      events.onPassed(await doGateWork(build, gate));
    },
    async wait() {},
  };
}

/** The real password is proved while nobody else is let in yet. */
function openStep(build: CopyBuild): Step {
  const phase = `open gate of ${build.name}`;
  return {
    phase,
    stage: 7,
    find: async () => 'missing',
    async make() {
      await proveLogin(build, phase);
      const cluster = await getOwnedCluster(build);
      checkOwnTurn(cluster, build);
      const { securityGroupIds } = build.settings;
      await setIngress(build, cluster.Port ?? build.settings.port, securityGroupIds ? [] : build.cidrs);
      if (securityGroupIds !== undefined) {
        await changeWhenFree(build, phase, async () => {
          await modifyCluster(build.aws, cluster, { VpcSecurityGroupIds: [...securityGroupIds] });
        });
        await waitForCluster(build, phase);
      }
      await addClusterTags(build.aws, cluster, [makeTag('gate', 'open')]);
    },
    async wait() {},
  };
}

/** Of a password that Secrets Manager keeps from this caller, that its secret is in use is the proof. */
async function proveLogin(build: CopyBuild, phase: string): Promise<void> {
  const connection = build.request.isPasswordManaged
    ? (await getManagedConnection(build, phase)).connection
    : await getConnection(build, build.password);
  if (connection.password === undefined) return;
  if ((await waitForLogin(build, phase, connection)) === 'unreachable') throw makeUnreachableError(build);
}

/**
 * After a failure not even the converger is let in; what cannot be done now is no reason to hide the failure. `isAsked`:
 * the copy is to stay whatever becomes of it, so it is not half made.
 */
export async function shutOut(build: CopyBuild, isAsked: boolean): Promise<void> {
  if (build.gate === undefined) return;
  const aws = withSignal({ ...build.aws, signal: undefined }, undefined);
  const job = { ...build, aws, signal: undefined };
  await setIngress(job, build.settings.port, []).catch(() => {});
  if (isAsked) await markAsKept(job).catch(() => {});
}

async function markAsKept(build: CopyBuild): Promise<void> {
  const cluster = await getOwnedCluster(build);
  await addClusterTags(build.aws, cluster, [makeTag('gate', 'kept')]);
  await finishMaking(build, cluster);
}
