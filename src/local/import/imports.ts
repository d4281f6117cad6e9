// Imports under way, one for a cluster at most: checks the source first, then has the cluster's record made, and fills
// its volume when reconciling asks for it. A cluster whose import is not known here was interrupted and is undone.
import { FactoryError } from '../../errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Context } from '../reconcile/context.ts';
import type { ClusterRecord } from '../records.ts';
import type { LocalSettings } from '../settings.ts';
import { ImportJob } from './job.ts';
import { makePlan } from './plans.ts';
import type { ImportRequest, ImportStatus } from './request.ts';
import { openStaging, removeStagingLeftovers } from './staging.ts';

/** Makes the records of the cluster. */
export type Begin = (found: {
  readonly engineVersion: string;
  readonly databaseName: string | undefined;
  readonly masterVerifier: string;
}) => Promise<void>;

export interface Imports {
  /** Returns at once. The same request attaches to what runs; another one for the same cluster is a CONFLICT. */
  start(request: ImportRequest, begin: Begin): ImportStatus;
  /** Also of one that has ended, until the next one. */
  find(clusterId: string): ImportStatus | undefined;
  /** False: nothing runs. Resolves when the source is let go. */
  abort(clusterId: string): Promise<boolean>;
  /** For the step that makes volumes. */
  fill(context: Context, cluster: ClusterRecord): Promise<void>;
  close(): Promise<void>;
}

interface Volume {
  readonly context: Context;
  readonly cluster: ClusterRecord;
}

interface Entry {
  readonly job: ImportJob;
  /** Resolves the run's wait for its volume. */
  readonly give: (volume: Volume) => void;
  /** Never rejects: the job knows how it ended. */
  readonly ended: Promise<void>;
}

export async function openImports(settings: LocalSettings, engines: readonly Engine[]): Promise<Imports> {
  await removeStagingLeftovers(settings.dataDir);
  const entries = new Map<string, Entry>();
  const stop = async ({ job, ended }: Entry, why: string) => {
    job.abort(why);
    await ended;
  };
  return {
    start(request, begin) {
      const running = entries.get(request.clusterId)?.job;
      if (running && !running.isOver) return attach(running, request);
      const job = new ImportJob(request);
      const { volume, give } = waitForVolume(job);
      const ended = runImport(job, { settings, engines, begin, volume });
      entries.set(request.clusterId, { job, give, ended });
      return job.status;
    },
    find: (clusterId) => entries.get(clusterId)?.job.status,
    async abort(clusterId) {
      const entry = entries.get(clusterId);
      if (!entry || entry.job.isOver) return false;
      await stop(entry, 'was aborted');
      return true;
    },
    async fill(context, cluster) {
      const entry = entries.get(cluster.id);
      if (!entry || entry.job.isOver)
        throw new FactoryError('INTERRUPTED', 'the local RDS ended during the import');
      entry.give({ context, cluster });
      await entry.ended;
      const { error } = entry.job.status;
      if (error) throw new FactoryError('OPERATION_FAILED', error.message);
    },
    async close() {
      const running = [...entries.values()].filter(({ job }) => !job.isOver);
      await Promise.all(running.map((entry) => stop(entry, 'ended with the local RDS')));
    },
  };
}

/** Who asks again may have another password for the master user in hand, so equal means all but that. */
function attach(running: ImportJob, request: ImportRequest): ImportStatus {
  const describe = ({ masterVerifier: _, password: __, ...rest }: ImportRequest) => JSON.stringify(rest);
  if (describe(running.request) === describe(request)) {
    running.masterVerifier = request.masterVerifier;
    return running.status;
  }
  throw new FactoryError('CONFLICT', `another import into ${request.clusterId} is under way`, {
    hint: `Wait for it, or end it: db-artifact local import --abort --cluster ${request.clusterId}`,
  });
}

/** Given up when the import is. */
function waitForVolume(job: ImportJob): { volume: Promise<Volume>; give: (volume: Volume) => void } {
  let give: (volume: Volume) => void = () => {};
  const volume = new Promise<Volume>((resolve, reject) => {
    give = resolve;
    job.signal.addEventListener('abort', () => reject(job.describeAbort()));
  });
  volume.catch(() => {}); // nobody may wait for it yet
  return { volume, give };
}

interface Run {
  readonly settings: LocalSettings;
  readonly engines: readonly Engine[];
  readonly begin: Begin;
  readonly volume: Promise<Volume>;
}

async function runImport(job: ImportJob, { settings, engines, begin, volume }: Run): Promise<void> {
  try {
    await using staging = await openStaging(settings.dataDir, job.request.clusterId);
    await using plan = await makePlan({ job, staging, engines, settings });
    job.begin();
    const { engine, databaseName } = plan;
    const { masterVerifier } = job;
    await begin({ engineVersion: engine.version, databaseName, masterVerifier });
    const { context, cluster } = await volume;
    job.finish(await plan.fill(context, cluster));
  } catch (error) {
    job.fail(job.signal.aborted ? job.describeAbort() : error);
  }
}
