// Picks the driver for a folder of volumes: the one that is named, the one that its data was made with, or the first
// that works in a written order. Never another one than the data was made with.
import { dirname, join } from 'node:path';
import { FactoryError, getMessage } from '../../errors.ts';
import { CANDIDATES, type Candidate } from './candidates.ts';
import type { DriverName, StorageDriver } from './driver.ts';
import { type Marker, readMarker, writeMarker } from './marker.ts';
import { listMountsBelow, unmount } from './mounts.ts';
import { makeToolEnv, type Place } from './place.ts';
import { findPoolObstacle, openPool, type Pool } from './pool.ts';
import { readPoolFile } from './pool-file.ts';
import { probeReflink, sweepProbes } from './probes.ts';
import { prepareFolder } from './root-folder.ts';
import { makeSmallShell } from './small-shell.ts';
import { takeTurns } from './turns.ts';

export interface StorageSettings {
  /** The folder of the volumes, such as `<data folder>/volumes`; made when it is not there. */
  readonly root: string;
  readonly wanted?: DriverName | undefined;
  /** The user that engines run as. */
  readonly ownerUid: number;
  readonly ownerGid: number;
  /** The most a pool may take, where one is made; by default a share of what is free. */
  readonly poolSizeBytes?: number | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (message: string) => void;
}

/** Disposing unmounts everything and detaches the pool; the volumes stay on disk. */
export interface OpenStorage extends AsyncDisposable {
  readonly driver: StorageDriver;
  /** One sentence: which driver it is, why, and what would be faster. */
  readonly reason: string;
  /** Where the volumes are. */
  readonly folder: string;
  readonly isPool: boolean;
}

interface Obstacle {
  readonly candidate: Candidate;
  readonly whyNot: string;
}

export async function openDriver(settings: StorageSettings): Promise<OpenStorage> {
  const owner = { uid: settings.ownerUid, gid: settings.ownerGid };
  const root = await prepareFolder(settings.root, owner);
  const env = makeToolEnv(settings.env);
  const here: Place = { root, owner, env, shell: makeSmallShell(env) };
  await sweepProbes(here.root);
  const marker = await readMarker(here.root);
  if (marker) checkWanted(settings, marker);
  const storage = marker ? await resumeDriver(here, settings, marker) : await chooseDriver(here, settings);
  settings.log(storage.reason);
  return storage;
}

/** Opens what the data was made with, or fails. */
async function resumeDriver(here: Place, settings: StorageSettings, marker: Marker): Promise<OpenStorage> {
  const candidate = CANDIDATES.find((one) => one.driver === marker.driver && one.mounts === marker.mounts);
  if (!candidate) throw new FactoryError('STATE_DAMAGED', `${here.root} belongs to no driver known here`);
  const pool = marker.isPool ? await openPool(here, settings.poolSizeBytes, true) : undefined;
  const place = await enterPool(here, pool);
  try {
    const whyNot = await candidate.probe(place);
    if (whyNot) throw refuse(here.root, candidate, whyNot);
    return await openCandidate(place, pool, candidate, 'the volumes were made with it');
  } catch (error) {
    await pool?.undo();
    throw error;
  }
}

/** The first that works, and the reasons why those before it do not. */
async function chooseDriver(here: Place, settings: StorageSettings): Promise<OpenStorage> {
  const { pool, obstacle } = await openPoolIfUseful(here, settings);
  const place = await enterPool(here, pool);
  const failed: Obstacle[] = [];
  try {
    for (const candidate of CANDIDATES) {
      const { driver, mounts } = candidate;
      if (settings.wanted && driver !== settings.wanted) continue;
      const whyNot = await candidate.probe(place);
      if (whyNot) {
        failed.push({ candidate, whyNot });
        continue;
      }
      const faster = failed.filter((one) => one.candidate.driver !== driver);
      const why = explainChoice(settings, listObstacles(faster, obstacle));
      const storage = await openCandidate(place, pool, candidate, why);
      await writeMarker(here.root, { driver, mounts, isPool: pool !== undefined });
      return storage;
    }
    throw refuseWanted(settings, listObstacles(failed, obstacle));
  } catch (error) {
    await pool?.undo();
    throw error;
  }
}

/** One that was made on purpose is used. Else, where blocks can be shared already or nobody wants to, there is no use for it. */
async function openPoolIfUseful(
  here: Place,
  settings: StorageSettings,
): Promise<{ pool?: Pool; obstacle?: string }> {
  if (await readPoolFile(dirname(here.root))) return { pool: await openPool(here, undefined, true) };
  if (settings.wanted === 'copy' || settings.wanted === 'snapshot') return {};
  if (!(await probeReflink(here.root))) return {};
  const obstacle = await findPoolObstacle(here);
  if (obstacle) return { obstacle };
  try {
    return { pool: await openPool(here, settings.poolSizeBytes, false) };
  } catch (error) {
    return { obstacle: getMessage(error) };
  }
}

async function enterPool(here: Place, pool: Pool | undefined): Promise<Place> {
  if (!pool) return here;
  const root = await prepareFolder(join(pool.folder, 'volumes'), here.owner);
  await sweepProbes(root);
  return { ...here, root };
}

async function openCandidate(
  place: Place,
  pool: Pool | undefined,
  candidate: Candidate,
  why: string,
): Promise<OpenStorage> {
  const driver = takeTurns(await candidate.open(place));
  const where = pool ? `in the pool image ${pool.image}` : `in ${place.root}`;
  return {
    driver,
    reason: `storage driver ${driver.name} ${where}, because ${why}: ${candidate.fork}`,
    folder: place.root,
    isPool: pool !== undefined,
    async [Symbol.asyncDispose]() {
      for (const path of (await listMountsBelow(place.root)).reverse()) await unmount(path, place.env);
      await pool?.close();
      place.shell.close();
    },
  };
}

function checkWanted(settings: StorageSettings, marker: Marker): void {
  if (!settings.wanted || settings.wanted === marker.driver) return;
  const { root, wanted } = settings;
  throw new FactoryError(
    'STORAGE_FAILED',
    `${root} was made with the driver ${marker.driver}, which ${wanted} cannot read`,
    { hint: `Leave the driver out, or use another data folder for ${wanted}.` },
  );
}

function explainChoice(settings: StorageSettings, obstacles: string): string {
  if (settings.wanted) return 'it was asked for';
  return obstacles === '' ? 'nothing is faster' : `what is faster cannot be used (${obstacles})`;
}

/** Drivers that fail for the same reason are named together. */
function listObstacles(failed: readonly Obstacle[], poolObstacle: string | undefined): string {
  const names = new Map<string, Set<string>>();
  for (const { candidate, whyNot } of failed) {
    names.set(whyNot, (names.get(whyNot) ?? new Set()).add(candidate.driver));
  }
  const listed = [...names].map(([whyNot, drivers]) => `${[...drivers].join(', ')}: ${whyNot}`);
  return [...(poolObstacle ? [poolObstacle] : []), ...listed].join('; ');
}

function refuse(root: string, candidate: Candidate, whyNot: string): FactoryError {
  const message = `${root} was made with the driver ${describe(candidate)}, which does not work now: ${whyNot}`;
  return new FactoryError('STORAGE_FAILED', message, {
    hint: 'Start it as before: as the same user, on the same file system, with the same programs installed.',
  });
}

function refuseWanted(settings: StorageSettings, obstacles: string): FactoryError {
  const message = `the storage driver ${settings.wanted} does not work in ${settings.root}: ${obstacles}`;
  return new FactoryError('STORAGE_FAILED', message, {
    hint: 'Leave the driver out to take the fastest that works.',
  });
}

function describe(candidate: Candidate): string {
  if (!candidate.mounts) return candidate.driver;
  return `${candidate.driver} (${candidate.mounts === 'root' ? 'mounted by root' : 'in a user namespace'})`;
}
