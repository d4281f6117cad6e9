// What doctor finds on this machine: disk, container engine, and what a local RDS would have.
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding } from '../copies/examine/finding.ts';
import { FactoryError } from '../errors.ts';
import type { FoundEngine, FoundStorage } from '../local/reconcile/survey.ts';
import { runChecked } from '../run.ts';
import type { CommandContext } from './context.ts';
import { formatBytes } from './table.ts';

const SMALLEST_FREE_BYTES = 2 ** 30;
const DOCKER_MS = 5000;

export async function examineMachine({ env, folders }: CommandContext): Promise<Finding[]> {
  const { examine } = await import('../copies/examine/finding.ts');
  const { findBestStorage, findInstalledEngines } = await import('../local/reconcile/survey.ts');
  return await Promise.all([
    examine('disk', async () => await checkDisk(folders.dataDir)),
    examine('engines', async () => describeEngines(await findInstalledEngines()), 'absent'),
    examine('storage', async () => describeStorage(await findBestStorage(folders.localDir, env)), 'absent'),
    // An image can be built and a copy made without Docker, so that it is missing is no fault.
    examine('docker', async () => await checkDocker(env), 'absent'),
  ]);
}

async function checkDisk(dataDir: string): Promise<string> {
  let folder = dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return describeDisk(bavail * bsize, folder);
}

export function describeDisk(freeBytes: number, folder: string): string {
  const text = `${formatBytes(freeBytes)} free in ${folder}`;
  if (freeBytes >= SMALLEST_FREE_BYTES) return text;
  throw new FactoryError('DISK_FULL', text, {
    hint: 'Make room, or set DB_ARTIFACT_DATA_DIR to a folder of a larger disk.',
  });
}

export function describeEngines(engines: readonly FoundEngine[]): string {
  const names = engines.map(({ name, version, folder }) => `${name} ${version} (${folder})`);
  if (names.length > 0) return names.join(', ');
  throw new FactoryError('ENGINE_MISSING', 'no database engine for a local RDS', {
    hint: 'Install the npm package without --omit=optional, or MariaDB from the system; AWS needs neither.',
  });
}

export function describeStorage({ driver, fork, isInUse }: FoundStorage): string {
  const text = `${driver}: ${fork}${isInUse ? ' (in use)' : ''}`;
  if (driver !== 'copy') return text;
  throw new FactoryError('STORAGE_FAILED', text, {
    hint: 'Set DB_ARTIFACT_DATA_DIR to a folder on XFS or btrfs, or run the local RDS as root, which makes a pool image.',
  });
}

async function checkDocker(env: NodeJS.ProcessEnv): Promise<string> {
  const args = ['version', '--format', '{{.Server.Version}}'];
  const version = await runChecked('docker', args, { env, timeoutMs: DOCKER_MS }).catch((error: Error) => {
    throw new FactoryError('CHILD_FAILED', error.message.split('\n')[0] ?? '', {
      hint: 'Only `docker run` of artifacts needs it: start Docker, or set DOCKER_HOST.',
    });
  });
  return `version ${version.trim()}`;
}
