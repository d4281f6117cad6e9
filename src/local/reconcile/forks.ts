// Forks the volume of a cluster, stopped or running, into a new volume. The source goes on as it was.
import { rm } from 'node:fs/promises';
import { FactoryError } from '../../errors.ts';
import type { CopyTerms, Engine, LiveCopy, Server, ServerPlace } from '../engine/engine.ts';
import { getEngine, openBuildPlace, openPlace } from '../places.ts';
import type { ClusterRecord } from '../records.ts';
import { type Context, getVolumeId } from './context.ts';
import { type Golden, makeGoldenId } from './goldens.ts';

/** The log that a live copy needs can be gone when the source writes gigabytes meanwhile. */
const LIVE_COPY_TRIES = 3;

/** A server that dies notices it before anybody who talked to it does, or a moment later. */
const DEATH_NOTICE_MS = 1000;

/** What to make: for a server that somebody waits for, for one that nobody waits for, or for nobody to open. */
export type Target =
  | { readonly id: string; readonly isFor: 'client'; readonly isDurable: boolean }
  | { readonly id: string; readonly isFor: 'spare' | 'snapshot' };

/** The caller has the source's turn. A source whose server dies meanwhile is forked from what it left on the disk. */
export async function forkCluster(context: Context, source: ClusterRecord, target: Target): Promise<void> {
  const server = context.servers.get(getVolumeId(source))?.server;
  if (!server) return await forkStopped(context, source, target);
  try {
    await forkRunning(context, source, server, target);
  } catch (error) {
    if (!(await endsWithin(server, DEATH_NOTICE_MS))) throw error;
    await context.driver.remove(target.id);
    await forkStopped(context, source, target);
  }
}

async function endsWithin({ ended }: Server, timeoutMs: number): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, timeoutMs, false));
  return await Promise.race([ended.then(() => true), late]);
}

async function forkStopped(context: Context, source: ClusterRecord, target: Target): Promise<void> {
  const { driver, goldens } = context;
  const sourceId = getVolumeId(source);
  const terms = context.copyTerms.get(sourceId) ?? (await readStoppedTerms(context, source));
  const kept = goldens.find(sourceId);
  if (kept?.contentKey === terms.contentKey) return await forkKept(context, kept, target);
  const id = makeGoldenId();
  const readFirst = await makeGolden(context, getEngine(context, source), sourceId, id, terms);
  if (!driver.isForkCheap) return await driver.forkGolden(id, target.id, true);
  const golden = { id, owner: sourceId, contentKey: terms.contentKey, readFirst };
  await goldens.keep(golden);
  await forkKept(context, golden, target);
}

async function forkKept({ driver, forksAhead }: Context, golden: Golden, target: Target): Promise<void> {
  if (target.isFor === 'client') return await forksAhead.fork(golden, target.id, target.isDurable);
  const readFirst = target.isFor === 'spare' ? golden.readFirst : [];
  await driver.forkGolden(golden.id, target.id, false, readFirst);
}

/** Returns the files that a server on a fork is about to read. */
async function makeGolden(
  { driver }: Context,
  engine: Engine,
  volumeId: string,
  goldenId: string,
  terms: CopyTerms,
): Promise<readonly string[]> {
  const readFirst = new Set<string>(); // a file can be in several layers
  await driver.makeGolden(volumeId, goldenId, (path) => {
    if (engine.isReadFirst(path)) readFirst.add(path);
    return terms.isExcluded(path);
  });
  return [...readFirst];
}

/** Equal keys mean equal content. The caller has the source's turn. */
export async function readContentKey(context: Context, source: ClusterRecord): Promise<string> {
  return (await findContentKey(context, source)) ?? (await readStoppedTerms(context, source)).contentKey;
}

/** Without the turn: of a source that runs, or that somebody looked at since it was stopped. */
export async function findContentKey(context: Context, source: ClusterRecord): Promise<string | undefined> {
  const sourceId = getVolumeId(source);
  const running = context.servers.get(sourceId);
  return running ? await running.server.readContentKey() : context.copyTerms.get(sourceId)?.contentKey;
}

async function readStoppedTerms(context: Context, source: ClusterRecord): Promise<CopyTerms> {
  const place = await openPlace(context, source);
  const terms = await getCopyTerms(getEngine(context, source), { ...place, isListening: false });
  await context.driver.closeVolume(getVolumeId(source));
  context.copyTerms.set(getVolumeId(source), terms);
  return terms;
}

async function forkRunning(
  context: Context,
  source: ClusterRecord,
  server: Server,
  target: Target,
): Promise<void> {
  const { driver, goldens } = context;
  const sourceId = getVolumeId(source);
  const kept = goldens.find(sourceId);
  if (kept && kept.contentKey === (await server.readContentKey())) {
    return await forkKept(context, kept, target);
  }
  await copyRunning(context, source, server, driver.isGoldenAtomic, async (copyId, copy) => {
    return await useLiveCopy(context, source, copyId, copy, target);
  });
}

/** Gives `use` a consistent copy below a running server, and another one when it returns false. */
export async function copyRunning(
  context: Context,
  source: ClusterRecord,
  server: Server,
  isAtomic: boolean,
  use: (copyId: string, copy: LiveCopy) => Promise<boolean>,
): Promise<void> {
  const { driver } = context;
  for (let attempt = 1; attempt <= LIVE_COPY_TRIES; attempt++) {
    const id = makeGoldenId();
    try {
      const copy = await server.copyWhileRunning(
        isAtomic,
        async (isExcluded) => await driver.makeGolden(getVolumeId(source), id, isExcluded),
      );
      if (await use(id, copy)) return;
    } finally {
      await driver.remove(id);
    }
  }
  throw new FactoryError('OPERATION_FAILED', `${source.id} writes too much for a consistent copy`, {
    hint: 'Try again when less is written.',
  });
}

/** A copy of what the source holds now is made ready once, for later forks too; any other serves one fork. */
async function useLiveCopy(
  context: Context,
  source: ClusterRecord,
  copyId: string,
  copy: LiveCopy,
  target: Target,
): Promise<boolean> {
  const { driver, goldens } = context;
  const isKept = copy.contentKey !== undefined && driver.isForkCheap;
  const volumeId = isKept ? makeGoldenId().replace('golden', 'build') : target.id;
  if (!(await completeFork(context, copyId, copy, volumeId))) return false;
  if (!isKept) return true;
  const made = await makeRecoveredGolden(context, source, volumeId).finally(() => driver.remove(volumeId));
  const golden = { ...made, owner: getVolumeId(source), contentKey: String(copy.contentKey) };
  await goldens.keep(golden);
  await forkKept(context, golden, target);
  return true;
}

/** False when the copy is of no use. */
export async function completeFork(
  { driver }: Context,
  copyId: string,
  copy: LiveCopy,
  volumeId: string,
): Promise<boolean> {
  await driver.forkGolden(copyId, volumeId, true);
  const { stateDir } = await driver.openVolume(volumeId);
  if (await copy.complete(stateDir)) return true;
  await driver.remove(volumeId);
  return false;
}

/** The forks of it start without recovery. */
async function makeRecoveredGolden(
  context: Context,
  source: ClusterRecord,
  volumeId: string,
): Promise<Pick<Golden, 'id' | 'readFirst'>> {
  const id = makeGoldenId();
  const place = await openBuildPlace(context, volumeId);
  const engine = getEngine(context, source);
  try {
    const terms = await getCopyTerms(engine, place);
    return { id, readFirst: await makeGolden(context, engine, volumeId, id, terms) };
  } finally {
    await rm(place.configDir, { recursive: true, force: true });
  }
}

/** A data directory whose server died, or that was copied live, recovers in a server of its own first. */
export async function getCopyTerms(engine: Engine, place: ServerPlace): Promise<CopyTerms> {
  const terms = await engine.readCopyTerms(place);
  if (terms) return terms;
  await (await engine.start(place)).stop();
  const recovered = await engine.readCopyTerms(place);
  if (recovered) return recovered;
  throw new FactoryError('ENGINE_FAILED', `the data in ${place.dataDir} was not stopped cleanly`);
}
