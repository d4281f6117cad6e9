// Removing a copy: the plan from its end. Also goes on where an interrupted removal or converging stopped.
import { type AwsConnection, withSignal } from '../aws/connect.ts';
import { findCluster } from '../aws/rds.ts';
import { listParts } from '../converge/parts.ts';
import { type Job, type Part, removeParts } from '../converge/step.ts';
import { waitUntilGone } from '../converge/wait-for-cluster.ts';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { type Copy, findCopy } from './list.ts';
import { explainUnremoved } from './unremoved.ts';

export interface DestroyOptions {
  /** Also when it is protected. */
  readonly isForced?: boolean | undefined;
  /** False: ask for the removal of instances and cluster and return; the same call later removes the rest. */
  readonly waits: boolean;
  readonly nowMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutSeconds: number;
}

export interface Destroyed {
  /** What is gone, or, without waiting, goes. */
  readonly removed: readonly string[];
  /** What the same call removes later, since it is still in use; nothing of it is billed. */
  readonly left: readonly string[];
}

/**
 * Throws NOT_FOUND when nothing has the name, REFUSED when it is protected or not a copy; when it cannot be removed, or not
 * in time, the error's problems name what is left and what of it is billed.
 */
export async function destroyCopy(
  aws: AwsConnection,
  name: string,
  options: DestroyOptions,
  progress: Progress,
): Promise<Destroyed> {
  const job = makeRemovalJob(aws, name, options, progress);
  const copy = await findCopy(job.aws, job.name);
  if (copy !== undefined && !options.isForced) checkUnprotected(copy, options.nowMs ?? Date.now());
  const parts = await findOwnParts(job);
  try {
    const done = await removeParts(parts, job, options.waits);
    const isGoing = ({ phase, isBilled }: Part) => options.waits || isBilled || done.includes(phase);
    const listPhases = (some: readonly Part[]) => some.map(({ phase }) => phase);
    return {
      removed: listPhases(parts.filter(isGoing)),
      left: listPhases(parts.filter((part) => !isGoing(part))),
    };
  } catch (error) {
    throw await explainUnremoved(error, job);
  }
}

export function makeRemovalJob(
  aws: AwsConnection,
  name: string,
  { signal, timeoutSeconds }: Pick<DestroyOptions, 'signal' | 'timeoutSeconds'>,
  progress: Progress,
): Job {
  return {
    aws: withSignal(aws, signal),
    name: name.toLowerCase(),
    source: undefined, // the copy's own tags say what its source is
    deadlineMs: performance.now() + timeoutSeconds * 1000,
    signal,
    progress,
  };
}

/** Asks RDS to delete the cluster. Of several runs at once it is true for the one that RDS obeyed. */
export async function claimCopy(job: Job): Promise<boolean> {
  const parts = listParts(job).filter(({ stage }) => stage > 0);
  const removed = await removeParts(parts, job, false);
  return removed.includes(`cluster ${job.name}`);
}

/**
 * The groups of a cluster, once that is gone; returns what this call removed. A cluster that has been made under the name
 * since then needs them.
 */
export async function removeGroups(job: Job, resourceId = ''): Promise<readonly string[]> {
  await waitUntilGone(job, `remove cluster ${job.name}`, resourceId);
  if ((await findCluster(job.aws, job.name)) !== undefined) return [];
  const groups = listParts(job).filter(({ stage }) => stage === 0);
  return await removeParts(groups, job);
}

export function checkUnprotected({ name, protectedUntil }: Copy, nowMs: number): void {
  if (protectedUntil === undefined || Date.parse(protectedUntil) <= nowMs) return;
  throw new FactoryError('REFUSED', `the copy ${name} is protected until ${protectedUntil}`, {
    hint: `Lift it with db-artifact unprotect ${name}, or destroy it with --force.`,
  });
}

/** A cluster that is not ours stops everything; groups of that name that are not ours are left alone. */
async function findOwnParts(job: Job): Promise<Part[]> {
  const parts = listParts(job);
  const found = await Promise.all(parts.map(async (part) => ({ part, found: await part.find() })));
  if (found.some(({ part, found }) => found === 'foreign' && part.phase === `cluster ${job.name}`)) {
    throw new FactoryError('REFUSED', `the cluster ${job.name} is no copy that this tool made`, {
      hint: 'Nothing was changed. db-artifact list shows the copies.',
    });
  }
  const own = found.filter(({ found }) => found === 'ours').map(({ part }) => part);
  if (own.length > 0) return own;
  throw new FactoryError('NOT_FOUND', `there is no copy ${job.name} in ${job.aws.region}`, {
    hint: 'db-artifact list shows the copies; check the region and the account.',
  });
}
