// The readers of a cluster: each is a server on a fork of the writer's volume that follows the writer from there on.
// A failover moves no data: the writer's server always runs on the cluster's own volume, whichever instance it is.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findAccessRules, getAccessKey } from '../access.ts';
import type { ServerPlace } from '../engine/engine.ts';
import { getConfigFolder, getEngine, getReaderLogFile } from '../places.ts';
import { isPortFree } from '../ports.ts';
import { getOwnProcess } from '../processes.ts';
import type { ClusterRecord, InstanceRecord, ReaderRecord } from '../records.ts';
import { describeFailure, moveInstance, reportInstance } from './changes.ts';
import { type Context, getVolumeId } from './context.ts';
import { completeFork, copyRunning } from './forks.ts';
import type { ReaderFacts, ReaderStep } from './next-reader-step.ts';
import { addFailure, addServer, stopServer } from './servers.ts';

/** Children of a killed server hold its memory for a moment. */
const RESTART_PAUSE_MS = 500;

export function getReaderVolumeId(instance: Pick<InstanceRecord, 'resourceId'>): string {
  return instance.resourceId.toLowerCase();
}

/** As PostgreSQL allows it for a replication slot. */
export function getFollowerName(instance: Pick<InstanceRecord, 'resourceId'>): string {
  return getReaderVolumeId(instance).replaceAll('-', '_');
}

export async function takeReaderStep(
  context: Context,
  cluster: ClusterRecord,
  { instance }: ReaderFacts,
  step: ReaderStep,
): Promise<void> {
  const steps: Record<ReaderStep, () => Promise<void>> = {
    'make-reader': async () => await makeReader(context, cluster, instance),
    'start-reader': async () => await startReader(context, cluster, instance),
    'stop-reader': async () => await stopServer(context, getReaderVolumeId(instance)),
    'set-reader-access': async () => await setAccess(context, cluster, instance),
    'remove-reader': async () => await removeReader(context, instance),
    'give-up-reader': async () => await giveUp(context, instance),
  };
  await steps[step]();
}

/** Takes over the server of a reader that an earlier process of ours started. */
export async function adoptReader(context: Context, cluster: ClusterRecord, instance: InstanceRecord) {
  const { bootId } = await getOwnProcess();
  if (!instance.reader?.isVolumeReady) return;
  if (instance.reader.bootId !== bootId) {
    return await changeReader(context, instance.id, { isVolumeReady: false });
  }
  const place = await openReaderPlace(context, cluster, instance, instance.reader);
  const server = await getEngine(context, cluster).find(place);
  if (server) addServer(context, getReaderVolumeId(instance), place, server);
  else await context.driver.closeVolume(getReaderVolumeId(instance));
}

/** Also of one that was made by half; the instance stays. */
export async function removeReader(context: Context, instance: InstanceRecord): Promise<void> {
  if (instance.reader === undefined) return;
  const volumeId = getReaderVolumeId(instance);
  await stopServer(context, volumeId);
  await context.driver.remove(volumeId);
  context.failures.delete(volumeId);
  const { dataDir } = context.settings;
  await rm(join(getConfigFolder(dataDir), volumeId), { recursive: true, force: true });
  const log = getReaderLogFile(dataDir, instance.id);
  for (const path of [log, `${log}.1`]) await rm(path, { force: true });
  await changeReader(context, instance.id, { isVolumeReady: false });
}

async function makeReader(context: Context, cluster: ClusterRecord, instance: InstanceRecord): Promise<void> {
  const volumeId = getReaderVolumeId(instance);
  const writer = context.servers.get(getVolumeId(cluster));
  if (!writer) return;
  const port = instance.reader?.port ?? (await context.ports.reserve());
  await changeReader(context, instance.id, { port, isVolumeReady: false });
  try {
    await context.driver.remove(volumeId);
    // Not atomically: a server that recovers by itself would go its own way.
    await copyRunning(context, cluster, writer.server, false, async (copyId, copy) => {
      await changeReader(context, instance.id, { position: copy.position });
      return await completeFork(context, copyId, copy, volumeId);
    });
  } catch (error) {
    return noteFailure(context, instance, describeFailure(`making the reader ${instance.id}`, error).message);
  }
  const { bootId } = await getOwnProcess();
  await changeReader(context, instance.id, { isVolumeReady: true, bootId });
}

/** One that does not start, or does not catch up, is made anew when it fails again. */
async function startReader(
  context: Context,
  cluster: ClusterRecord,
  instance: InstanceRecord,
): Promise<void> {
  const volumeId = getReaderVolumeId(instance);
  const writer = context.servers.get(getVolumeId(cluster));
  if (!writer || !instance.reader) return;
  try {
    const position = await writer.server.replication?.readPosition();
    const reader = await leaveTakenPort(context, instance);
    const place = await openReaderPlace(context, cluster, instance, reader);
    const server = await context.limitStarts(() => getEngine(context, cluster).start(place));
    addServer(context, volumeId, place, server);
    if (position !== undefined) await server.replication?.waitFor(position);
  } catch (error) {
    await stopServer(context, volumeId);
    const hasFailedBefore = context.failures.has(volumeId);
    noteFailure(context, instance, describeFailure(`starting the reader ${instance.id}`, error).message);
    if (hasFailedBefore) await changeReader(context, instance.id, { isVolumeReady: false });
    else await pause(RESTART_PAUSE_MS);
  }
}

/** Another program may have come to the port since it was handed out. */
async function leaveTakenPort(context: Context, { id, reader }: InstanceRecord): Promise<ReaderRecord> {
  if (reader && (await isPortFree(reader.port))) return reader;
  const port = await context.ports.reserve();
  await changeReader(context, id, { port });
  return { ...reader, port, isVolumeReady: true };
}

function noteFailure(context: Context, instance: InstanceRecord, message: string): void {
  addFailure(context, getReaderVolumeId(instance));
  context.settings.log(message);
}

async function setAccess(context: Context, cluster: ClusterRecord, instance: InstanceRecord): Promise<void> {
  const running = context.servers.get(getReaderVolumeId(instance));
  const rules = findAccessRules(context.store, cluster);
  await running?.server.setAccess(rules);
  if (running) running.accessKey = getAccessKey(rules);
}

async function giveUp(context: Context, instance: InstanceRecord): Promise<void> {
  context.failures.delete(getReaderVolumeId(instance));
  reportInstance(context, instance, {
    categories: ['failure'],
    message: `The reader cannot follow its writer: see ${getReaderLogFile(context.settings.dataDir, instance.id)}`,
  });
  await moveInstance(context, instance.id, instance.status, 'failed');
}

async function openReaderPlace(
  context: Context,
  cluster: ClusterRecord,
  instance: InstanceRecord,
  { port, position }: ReaderRecord,
): Promise<ServerPlace> {
  const volumeId = getReaderVolumeId(instance);
  const { dataDir } = context.settings;
  return {
    ...(await context.driver.openVolume(volumeId)),
    configDir: join(getConfigFolder(dataDir), volumeId),
    logFile: getReaderLogFile(dataDir, instance.id),
    name: instance.id,
    port,
    isListening: true,
    isDurable: false, // it can be made again at any time
    follows: { name: getFollowerName(instance), port: cluster.port, from: position },
  };
}

async function changeReader(context: Context, id: string, change: Partial<ReaderRecord>): Promise<void> {
  if (!context.store.instances.get(id)) return;
  await context.store.instances.update(id, (record) => ({
    ...record,
    reader: { ...{ port: 0, isVolumeReady: false }, ...record.reader, ...change },
  }));
}
