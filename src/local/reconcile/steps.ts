// The steps that reconciling takes: each does one thing, writes down that it is done, and reports what failed.
import { setTimeout as pause } from 'node:timers/promises';
import { FactoryError } from '../../errors.ts';
import { findAccessRules, getAccessKey } from '../access.ts';
import { readLogEnd } from '../engine/logs.ts';
import { getLogFile, isDurable } from '../places.ts';
import { isPortFree } from '../ports.ts';
import type { ClusterRecord, InstanceRecord } from '../records.ts';
import {
  changeCluster,
  describeFailure,
  isDiskFull,
  moveCluster,
  moveInstance,
  reportCluster,
  reportInstance,
} from './changes.ts';
import { type Context, findByResourceId, getVolumeId } from './context.ts';
import { forkCluster } from './forks.ts';
import { makeFreshVolume } from './fresh-volumes.ts';
import type { ClusterFacts, Step } from './next-step.ts';
import { removeVolume } from './remove-volume.ts';
import { addFailure, startServer, stopServer } from './servers.ts';
import { forkSnapshot } from './snapshots.ts';

/** A source that is busy for longer than that is a failure. */
const SOURCE_TIMEOUT_MS = 600_000;

/** Children of a killed server hold its files and memory for a moment. */
const RESTART_PAUSE_MS = 500;

/** A server that was just killed may hold its port for a moment. */
const PORT_TRIES = 5;
const PORT_PAUSE_MS = 100;

const FAILURES = {
  fresh: { doing: 'Unable to create the DB cluster', status: 'failed' },
  restore: { doing: 'Unable to clone the DB cluster', status: 'cloning-failed' },
  snapshot: { doing: 'Unable to restore the DB cluster', status: 'failed' },
  import: { doing: 'Unable to import the DB cluster', status: 'deleting' }, // nothing of it is of use
} as const;

export async function takeStep(context: Context, facts: ClusterFacts, step: Step): Promise<void> {
  const steps: Record<Step, (context: Context, facts: ClusterFacts) => Promise<void>> = {
    'make-volume': makeVolume,
    'set-writer': setWriter,
    'start-server': start,
    'stop-server': stop,
    'set-password': setPassword,
    'set-access': setAccess,
    'set-followers': setFollowers,
    'give-up': giveUp,
  };
  await steps[step](context, facts);
}

async function makeVolume(context: Context, { cluster }: ClusterFacts): Promise<void> {
  const isFresh = cluster.origin.kind === 'fresh';
  try {
    if (isFresh) await makeFreshVolume(context, cluster);
    else await makeClone(context, cluster);
  } catch (error) {
    context.settings.log(describeFailure(`making the volume of ${cluster.id}`, error).message);
    await removeVolume(context, cluster);
    const { doing, status } = FAILURES[cluster.origin.kind];
    reportCluster(context, cluster, describeFailure(doing, error));
    await moveCluster(context, cluster.id, cluster.status, status);
    return;
  }
  // A password that came in meanwhile is another one, and still to be set.
  const change = (record: ClusterRecord) => ({
    ...(isFresh ? dropVerifier(record, cluster.pendingVerifier) : record),
    isVolumeReady: true,
  });
  context.goOn(changeCluster(context, cluster.id, change));
}

async function makeClone(context: Context, cluster: ClusterRecord): Promise<void> {
  const { origin } = cluster;
  if (origin.kind === 'import') return await context.imports.fill(context, cluster);
  if (origin.kind === 'snapshot') {
    return await forkSnapshot(context, origin.snapshotVolumeId, getVolumeId(cluster));
  }
  if (origin.kind !== 'restore') return;
  const { sourceResourceId } = origin;
  const fork = async () => {
    const source = findByResourceId(context, sourceResourceId);
    if (!source?.isVolumeReady) throw new FactoryError('NOT_FOUND', `its source ${sourceResourceId} is gone`);
    const target = { id: getVolumeId(cluster), isDurable: isDurable(context, cluster) };
    await countFork(context, source, forkCluster(context, source, { ...target, isFor: 'client' }));
    return source.id;
  };
  const sourceId = await context.turns.take(sourceResourceId, fork, SOURCE_TIMEOUT_MS);
  context.wake(sourceId); // it may wait to be deleted
}

async function countFork(context: Context, { engine }: ClusterRecord, forking: Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const count = (isMade: boolean) => () =>
    context.metrics.countFork(engine, (performance.now() - startedAt) / 1000, isMade);
  void forking.then(count(true), count(false));
  await forking;
}

/** The first one begins; whoever takes over from another one starts anew. */
async function setWriter(
  context: Context,
  { cluster, writer, server, instances }: ClusterFacts,
): Promise<void> {
  if (!writer) return;
  const isFailover = server !== undefined && instances.some(({ id }) => id === cluster.writerId);
  if (isFailover) reportFailover(context, cluster, writer);
  await changeCluster(context, cluster.id, (record) => ({
    ...record,
    writerId: writer.id,
    ...(isFailover && record.status === 'available'
      ? { status: 'failing-over', statusSince: new Date().toISOString() }
      : {}),
  }));
}

function reportFailover(context: Context, cluster: ClusterRecord, { id }: InstanceRecord): void {
  const message = `Started same AZ failover to DB instance: ${id}`;
  reportCluster(context, cluster, { categories: ['failover'], message });
}

async function start(context: Context, facts: ClusterFacts): Promise<void> {
  const hasDied = facts.cluster.server !== undefined;
  await context.sleepers.release(getVolumeId(facts.cluster));
  const cluster = await leaveTakenPort(context, facts.cluster);
  try {
    await startServer(context, cluster);
  } catch (error) {
    addFailure(context, getVolumeId(cluster));
    context.settings.log(describeFailure(`starting ${cluster.id}`, error).message);
    await pause(RESTART_PAUSE_MS);
    return;
  }
  const running = context.servers.get(getVolumeId(cluster));
  const change = (record: ClusterRecord) => ({ ...record, server: running?.server.record });
  context.goOn(changeCluster(context, cluster.id, change));
  if (facts.instances.length === 0) context.wakeIn(cluster.id, context.settings.prestartMs);
  if (!hasDied) return;
  const notice = { categories: ['availability'], message: 'DB instance restarted' };
  if (facts.writer?.status === 'available') reportInstance(context, facts.writer, notice);
}

/** Another program may have come to the port since it was handed out; the cluster goes to a free one and says so. */
async function leaveTakenPort(context: Context, cluster: ClusterRecord): Promise<ClusterRecord> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    if (await isPortFree(cluster.port)) return cluster;
    await pause(PORT_PAUSE_MS);
  }
  const port = await context.ports.reserve();
  await changeCluster(context, cluster.id, (record) => ({
    ...record,
    port,
    formerPorts: [...(record.formerPorts ?? []), record.port],
  }));
  const message = `Another program listens on port ${cluster.port}; the DB cluster has port ${port} now`;
  reportCluster(context, cluster, { categories: ['notification'], message });
  return context.store.clusters.get(cluster.id) ?? cluster;
}

async function stop(context: Context, { cluster }: ClusterFacts): Promise<void> {
  await stopServer(context, getVolumeId(cluster));
  await changeCluster(context, cluster.id, ({ server: _, ...record }) => record);
}

async function setPassword(context: Context, { cluster }: ClusterFacts): Promise<void> {
  await context.servers.get(getVolumeId(cluster))?.server.setPassword({
    username: cluster.masterUsername,
    verifier: cluster.pendingVerifier,
    isSuperuser: context.settings.isMasterSuperuser,
  });
  const change = (record: ClusterRecord) => dropVerifier(record, cluster.pendingVerifier);
  context.goOn(changeCluster(context, cluster.id, change));
}

async function setAccess(context: Context, { cluster }: ClusterFacts): Promise<void> {
  const running = context.servers.get(getVolumeId(cluster));
  if (!running) return;
  const rules = findAccessRules(context.store, cluster);
  await running.server.setAccess(rules);
  running.accessKey = getAccessKey(rules);
  context.sleepers.admit(getVolumeId(cluster), running.server.port);
}

/** Ends the instance, not the cluster: its data is as good as before, and another instance can be made on it. */
async function setFollowers(context: Context, { cluster, followersKey }: ClusterFacts): Promise<void> {
  const running = context.servers.get(getVolumeId(cluster));
  await running?.server.replication?.setFollowers(followersKey === '' ? [] : followersKey.split(' '));
  if (running) running.followersKey = followersKey;
}

async function giveUp(context: Context, { cluster, writer }: ClusterFacts): Promise<void> {
  const volumeId = getVolumeId(cluster);
  context.failures.delete(volumeId);
  await context.sleepers.dismiss(volumeId);
  const said = await readLogEnd(getLogFile(context.settings.dataDir, cluster.id));
  const status = isDiskFull(new Error(said)) ? 'storage-full' : 'failed';
  const notice = describeFailure('The database server keeps ending', new Error(said || 'it said nothing'));
  if (writer && writer.status !== 'deleting') {
    reportInstance(context, writer, notice);
    await moveInstance(context, writer.id, writer.status, status);
  }
  await changeCluster(context, cluster.id, ({ server: _, ...record }) => record);
}

function dropVerifier(record: ClusterRecord, applied: string | undefined): ClusterRecord {
  if (record.pendingVerifier !== applied) return record;
  const { pendingVerifier: _, ...rest } = record;
  return rest;
}
