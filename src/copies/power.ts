// Stopping a copy, which then costs its storage alone, and starting it again. RDS itself starts one after seven days.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-cluster-stop-start.html
import { type AwsConnection, withSignal } from '../aws/connect.ts';
import { listInstances, stopCluster } from '../aws/rds.ts';
import { type Look, waitUntil } from '../aws/wait.ts';
import { changeWhenFree, makeWaitOptions } from '../converge/busy.ts';
import { lookAtInstances } from '../converge/instances.ts';
import type { Job } from '../converge/step.ts';
import { findOwnedCluster, getOwnedCluster, waitForCluster } from '../converge/wait-for-cluster.ts';
import type { Progress } from '../progress.ts';
import { type Copy, getCopy } from './list.ts';

export interface PowerOptions {
  /** False: ask for it and return. */
  readonly waits: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutSeconds: number;
}

/** Safe to repeat. */
export async function stopCopy(
  aws: AwsConnection,
  name: string,
  options: PowerOptions,
  progress: Progress,
): Promise<Copy> {
  const job = await makeJob(aws, name, options, progress);
  const phase = `stop ${job.name}`;
  progress({ type: 'phase', phase, state: 'started' });
  await changeWhenFree(job, phase, async () => {
    const cluster = await getOwnedCluster(job);
    if (cluster.Status !== 'stopped' && cluster.Status !== 'stopping') await stopCluster(job.aws, cluster);
  });
  const look = async (): Promise<Look<true>> => {
    const status = (await findOwnedCluster(job))?.Status;
    return status === 'stopped'
      ? { state: 'ready', value: true }
      : { state: 'pending', detail: `status ${status}` };
  };
  if (options.waits) await waitUntil(look, makeWaitOptions(job, phase));
  progress({ type: 'phase', phase, state: 'done' });
  return await getCopy(aws, job.name);
}

/** Safe to repeat; waits for the cluster, and unless told otherwise for its instances. */
export async function startCopy(
  aws: AwsConnection,
  name: string,
  options: PowerOptions,
  progress: Progress,
): Promise<Copy> {
  const job = await makeJob(aws, name, options, progress);
  const phase = `start ${job.name}`;
  progress({ type: 'phase', phase, state: 'started' });
  await waitForCluster(options.waits ? job : { ...job, deadlineMs: 0 }, phase).catch((error: unknown) => {
    if (options.waits || (error as { code?: unknown }).code !== 'TIMED_OUT') throw error;
  });
  const look = async (): Promise<Look<true>> => {
    const instances = await listInstances(job.aws, job.name);
    const ids = instances.map(({ DBInstanceIdentifier = '' }) => DBInstanceIdentifier);
    return lookAtInstances(ids, instances);
  };
  if (options.waits) await waitUntil(look, makeWaitOptions(job, phase));
  progress({ type: 'phase', phase, state: 'done' });
  return await getCopy(aws, job.name);
}

/** Throws NOT_FOUND, or REFUSED for a cluster that is no copy. */
async function makeJob(
  aws: AwsConnection,
  name: string,
  { signal, timeoutSeconds }: PowerOptions,
  progress: Progress,
): Promise<Job> {
  const copy = await getCopy(aws, name);
  const deadlineMs = performance.now() + timeoutSeconds * 1000;
  return { aws: withSignal(aws, signal), name: copy.name, source: undefined, deadlineMs, signal, progress };
}
