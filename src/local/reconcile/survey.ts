// What this machine offers to a local RDS: engines and storage. Makes nothing that stays.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findEngineUser } from '../engine/engine-user.ts';
import { findSystemMariadb, openMariadbPrograms } from '../engine/mariadb-programs.ts';
import { findPostgresPackage } from '../engine/postgres-install.ts';
import { CANDIDATES } from '../storage/candidates.ts';
import { readMarker } from '../storage/marker.ts';
import { makeToolEnv } from '../storage/place.ts';
import { makeSmallShell } from '../storage/small-shell.ts';

export interface FoundEngine {
  readonly name: 'PostgreSQL' | 'MariaDB';
  readonly version: string;
  readonly folder: string;
}

export interface FoundStorage {
  readonly driver: string;
  /** What a fork is and costs. */
  readonly fork: string;
  /** Volumes were made with it already. */
  readonly isInUse: boolean;
}

export async function findInstalledEngines(): Promise<FoundEngine[]> {
  return [...(await findPostgres()), ...(await findMariadb())];
}

/** The version of the package is that of its PostgreSQL, and something. */
async function findPostgres(): Promise<FoundEngine[]> {
  const folder = findPostgresPackage();
  if (folder === undefined) return [];
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  return [{ name: 'PostgreSQL', version: /^\d+\.\d+/.exec(version)?.[0] ?? version, folder }];
}

/** One that does not run is none. */
async function findMariadb(): Promise<FoundEngine[]> {
  const user = await findEngineUser();
  const opened = await Promise.allSettled(
    (await findSystemMariadb()).map(async (folder) => await openMariadbPrograms(folder, user, '')),
  );
  return opened.flatMap((one) =>
    one.status === 'fulfilled'
      ? [{ name: 'MariaDB' as const, version: one.value.version, folder: one.value.folder }]
      : [],
  );
}

/** The driver that volumes below `dataDir` have, or would get. */
export async function findBestStorage(dataDir: string, env: NodeJS.ProcessEnv): Promise<FoundStorage> {
  const volumes = join(dataDir, 'volumes');
  const marker = existsSync(volumes) ? await readMarker(volumes) : undefined;
  const toolEnv = makeToolEnv(env);
  const { uid, gid } = await findEngineUser();
  const shell = makeSmallShell(toolEnv);
  const place = { root: findExisting(dataDir), owner: { uid, gid }, env: toolEnv, shell };
  try {
    for (const { driver, fork, probe } of CANDIDATES) {
      if (marker !== undefined && marker.driver !== driver) continue;
      if (marker !== undefined || (await probe(place)) === undefined) {
        return { driver, fork, isInUse: marker !== undefined };
      }
    }
  } finally {
    shell.close();
  }
  return { driver: 'none', fork: 'nothing can be forked', isInUse: false };
}

function findExisting(folder: string): string {
  return existsSync(folder) ? folder : findExisting(dirname(folder));
}
