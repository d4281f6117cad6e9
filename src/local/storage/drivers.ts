// Picks the driver for a folder of volumes: the one that is named, the one that its data was made with, or the first
// that works in a written order. Never another one than the data was made with.
import { access, chmod, constants, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FactoryError, getMessage } from '../../errors.ts';
import { CANDIDATES, type Candidate } from './candidates.ts';
import type { DriverName, StorageDriver } from './driver.ts';
import { explainFailure } from './failures.ts';
import { type Marker, readMarker, writeMarker } from './marker.ts';
import { listMountsBelow, unmount } from './mounts.ts';
import { isRoot, type Owner } from './owner.ts';
import { makeToolEnv, type Place } from './place.ts';
import { findPoolObstacle, openPool, type Pool } from './pool.ts';
import { probeReflink, sweepProbes } from './probes.ts';
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
}

export async function openDriver(settings: StorageSettings): Promise<OpenStorage> {
  const owner = { uid: settings.ownerUid, gid: settings.ownerGid };
  const root = await prepareFolder(settings.root, owner);
  const here: Place = { root, owner, env: makeToolEnv(settings.env) };
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
    await pool?.close();
    throw error;
  }
}

/** The first that works, and the reasons why those before it do not. */
async function chooseDriver(here: Place, settings: StorageSettings): Promise<OpenStorage> {
  const { pool, obstacle } = await openPoolIfUseful(here, settings);
  const place = await enterPool(here, pool);
  const failed: { driver?: DriverName; whyNot: string }[] = obstacle ? [{ whyNot: obstacle }] : [];
  try {
    for (const candidate of CANDIDATES) {
      const { driver, mounts } = candidate;
      if (settings.wanted && driver !== settings.wanted) continue;
      const whyNot = await candidate.probe(place);
      if (whyNot) {
        failed.push({ driver, whyNot: `${describe(candidate)}: ${whyNot}` });
        continue;
      }
      const obstacles = failed.filter((one) => one.driver !== driver).map((one) => one.whyNot);
      const storage = await openCandidate(place, pool, candidate, explainChoice(settings, obstacles));
      await writeMarker(here.root, { driver, mounts, isPool: pool !== undefined });
      return storage;
    }
    throw refuseWanted(
      settings,
      failed.map((one) => one.whyNot),
    );
  } catch (error) {
    await pool?.close();
    throw error;
  }
}

/** Where blocks can be shared already, or nobody wants to, there is no use for a pool. */
async function openPoolIfUseful(
  here: Place,
  settings: StorageSettings,
): Promise<{ pool?: Pool; obstacle?: string }> {
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
  const where = pool ? `in the pool image ${pool.folder}.xfs` : `in ${place.root}`;
  return {
    driver,
    reason: `storage driver ${driver.name} ${where}, because ${why}: ${candidate.fork}`,
    async [Symbol.asyncDispose]() {
      for (const path of (await listMountsBelow(place.root)).reverse()) await unmount(path, place.env);
      await pool?.close();
    },
  };
}

/** Owners must be able to pass through, but see nothing but what is theirs. Returns the path as the kernel has it. */
async function prepareFolder(wanted: string, owner: Owner): Promise<string> {
  const root = await makeFolder(wanted);
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder)) {
    if (canEnter(await stat(folder), owner)) continue;
    throw new FactoryError('STORAGE_FAILED', `the user ${owner.uid} of the engines cannot enter ${folder}`, {
      hint: 'Use a data folder below one that everyone may enter, or run: chmod o+x on it.',
    });
  }
  return root;
}

async function makeFolder(root: string): Promise<string> {
  try {
    await mkdir(root, { recursive: true, mode: 0o711 });
    if (isRoot()) await chmod(root, 0o711);
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(root);
  } catch (error) {
    throw explainFailure('opening the folder of volumes', root, error);
  }
}

function canEnter(folder: { mode: number; uid: number; gid: number }, owner: Owner): boolean {
  if (owner.uid === 0) return true;
  if (folder.uid === owner.uid) return (folder.mode & 0o100) !== 0;
  return (folder.mode & (folder.gid === owner.gid ? 0o010 : 0o001)) !== 0;
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

function explainChoice(settings: StorageSettings, obstacles: readonly string[]): string {
  if (settings.wanted) return 'it was asked for';
  if (obstacles.length === 0) return 'nothing is faster';
  return `what is faster cannot be used (${obstacles.join('; ')})`;
}

function refuse(root: string, candidate: Candidate, whyNot: string): FactoryError {
  const message = `${root} was made with the driver ${describe(candidate)}, which does not work now: ${whyNot}`;
  return new FactoryError('STORAGE_FAILED', message, {
    hint: 'Start it as before: as the same user, on the same file system, with the same programs installed.',
  });
}

function refuseWanted(settings: StorageSettings, obstacles: readonly string[]): FactoryError {
  const message = `the storage driver ${settings.wanted} does not work in ${settings.root}: ${obstacles.join('; ')}`;
  return new FactoryError('STORAGE_FAILED', message, {
    hint: 'Leave the driver out to take the fastest that works.',
  });
}

function describe(candidate: Candidate): string {
  if (!candidate.mounts) return candidate.driver;
  return `${candidate.driver} (${candidate.mounts === 'root' ? 'mounted by root' : 'in a user namespace'})`;
}
