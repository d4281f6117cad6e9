// The instances of a copy: the writer and its readers. A clone comes without any.
import { checkOwnedInstance, type OwnedCluster } from '../aws/owned.ts';
import { createInstance, deleteInstance, findCluster, listInstances } from '../aws/rds.ts';
import type { DBInstance } from '../aws/types.ts';
import { type Look, waitUntil } from '../aws/wait.ts';
import { FactoryError } from '../errors.ts';
import type { CopyBuild } from './build.ts';
import { changeWhenFree, makeWaitOptions, removeWhenFree } from './busy.ts';
import { makeRemovable } from './cluster.ts';
import { makeInstanceInput } from './inputs.ts';
import { getInstanceId } from './names.ts';
import { classifyStatus } from './statuses.ts';
import type { Found, Job, Part, Step } from './step.ts';
import { findOwnedCluster } from './wait-for-cluster.ts';

/** The cluster is gone only after its instances are, so its removal does the waiting. */
export function instancesPart(job: Job): Part {
  const phase = `instances of ${job.name}`;
  return {
    phase,
    stage: 3,
    isBilled: true,
    find: async () => ((await listInstances(job.aws, job.name)).length > 0 ? 'ours' : 'missing'),
    async remove() {
      return await removeWhenFree(job, phase, async () => {
        const cluster = await findOwnedCluster(job);
        // First, or a protected cluster would be left without its instances.
        const removable = cluster && (await makeRemovable(job, cluster));
        if (removable === undefined) return false;
        const instances = await listInstances(job.aws, job.name);
        const remaining = instances.filter(({ DBInstanceStatus }) => DBInstanceStatus !== 'deleting');
        await removeInstances(job, remaining, removable);
        return remaining.length > 0;
      });
    },
  };
}

/** One that is gone by now must not hide what became of the others. */
async function removeInstances(
  { aws }: Job,
  instances: readonly DBInstance[],
  cluster: OwnedCluster,
): Promise<void> {
  const removing = instances.map(
    async (instance) => await deleteInstance(aws, checkOwnedInstance(instance, cluster)),
  );
  for (const result of await Promise.allSettled(removing)) {
    const error = result.status === 'rejected' ? (result.reason as unknown) : undefined;
    if (error !== undefined && (error as FactoryError).code !== 'NOT_FOUND') throw error;
  }
}

export function instancesStep(build: CopyBuild): Step {
  return makeStep(build, `instances of ${build.name}`, 3, listNumbers(build));
}

export function writerStep(build: CopyBuild): Step {
  return makeStep(build, `instances of ${build.name}`, 3, [0]);
}

/** After the writer. */
export function readersStep(build: CopyBuild, stage: number): Step {
  return makeStep(build, `readers of ${build.name}`, stage, listNumbers(build).slice(1));
}

function listNumbers({ settings }: CopyBuild): readonly number[] {
  return Array.from({ length: settings.readers + 1 }, (_, number) => number);
}

function makeStep(build: CopyBuild, phase: string, stage: number, numbers: readonly number[]): Step {
  const ids = numbers.map((number) => getInstanceId(build.name, number));
  return {
    phase,
    stage,
    async find(): Promise<Found> {
      const existing = await listInstances(build.aws, build.name);
      return ids.every((id) => existing.some(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id))
        ? 'ours'
        : 'missing';
    },
    async make() {
      const existing = await listInstances(build.aws, build.name);
      for (const number of numbers) {
        const id = ids[number];
        if (!existing.some(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id))
          await make(build, number);
      }
    },
    async wait() {
      await waitForInstances(build, ids);
    },
  };
}

/** Until they are usable; with `stableLooks`, so often in a row. */
export async function waitForInstances(
  build: CopyBuild,
  ids: readonly string[],
  stableLooks = 1,
): Promise<void> {
  let looks = 0;
  const look = async (): Promise<Look<true>> => {
    const outcome = lookAtInstances(ids, await listInstances(build.aws, build.name));
    looks = outcome.state === 'ready' ? looks + 1 : 0;
    const gone = outcome.state === 'pending' ? await findGone(build) : undefined;
    if (gone !== undefined) return { state: 'failed', detail: gone };
    return outcome.state === 'ready' && looks < stableLooks ? STILL_SETTLING : outcome;
  };
  await waitUntil(look, makeWaitOptions(build, `instances of ${build.name}`));
}

const STILL_SETTLING: Look<true> = { state: 'pending', detail: 'usable, but perhaps not for long' };

async function make(build: CopyBuild, number: number): Promise<void> {
  try {
    // A cluster may go on changing after it has looked usable.
    await changeWhenFree(build, `instances of ${build.name}`, async () => {
      await createInstance(build.aws, makeInstanceInput(build.settings, build, number)).catch(
        async (error: unknown) => await checkWorthWaiting(build, error),
      );
    });
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== 'NAME_TAKEN') throw error;
    // By a retried call or a concurrent run; if it belongs to another cluster, waiting for it would never end.
    const existing = await listInstances(build.aws, build.name);
    const id = getInstanceId(build.name, number);
    if (!existing.some(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id)) throw error;
  }
}

/** What no waiting mends: a cluster that goes, or that has no range of capacity for a serverless instance. */
async function checkWorthWaiting(build: CopyBuild, error: unknown): Promise<never> {
  if (!(error instanceof FactoryError) || error.code !== 'CONFLICT') throw error;
  const gone = await findGone(build);
  if (gone === undefined && !/serverless|scaling/i.test(error.message)) throw error;
  throw new FactoryError('OPERATION_FAILED', gone ?? error.message, { cause: error });
}

/** Another run may have rolled back or destroyed what this one waits for. */
async function findGone(build: CopyBuild): Promise<string | undefined> {
  const status = (await findCluster(build.aws, build.name))?.Status ?? 'gone';
  return status === 'gone' || status === 'deleting' ? `the cluster ${build.name} is ${status}` : undefined;
}

export function lookAtInstances(ids: readonly string[], instances: readonly DBInstance[]): Look<true> {
  const waitingFor: string[] = [];
  for (const id of ids) {
    const instance = instances.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id);
    const status = instance?.DBInstanceStatus ?? 'not visible yet';
    const statusClass = classifyStatus(instance?.DBInstanceStatus);
    if (statusClass === 'final') return { state: 'failed', detail: `the status of ${id} is ${status}` };
    if (statusClass !== 'usable') waitingFor.push(`${id}: ${status}`);
  }
  if (waitingFor.length === 0) return { state: 'ready', value: true };
  return { state: 'pending', detail: waitingFor.join(', ') };
}
