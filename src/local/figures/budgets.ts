// How much memory and disk the clusters may take. Asked before anything is made, so that the machine never suffers from it;
// what is there already is never ended.
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { FactoryError } from '../../errors.ts';
import type { EngineFamily } from '../records.ts';

export interface Budgets {
  readonly memoryBytes: number;
  /** Undefined: as much as the file system has. */
  readonly diskBytes: number | undefined;
}

/** What one server takes before anybody uses it, all its processes together. */
export const IDLE_SERVER_BYTES: Readonly<Record<EngineFamily, number>> = {
  'aurora-postgresql': 16e6,
  'aurora-mysql': 60e6,
};

/** The rest is for everything else on the machine. */
const SHARE_OF_MEMORY = 0.8;
/** So much stays free, whatever the budgets. */
const SPARE_MEMORY = { share: 0.05, mostBytes: 1e9 };
const SPARE_DISK = { share: 0.02, mostBytes: 1e9 };

/** A container may have less than its machine. */
export function getMachineMemory(): number {
  const limit = process.constrainedMemory();
  return limit && limit < totalmem() ? limit : totalmem();
}

export function makeBudgets(settings: {
  memoryBytes?: number | undefined;
  diskBytes?: number | undefined;
}): Budgets {
  return {
    memoryBytes: settings.memoryBytes ?? Math.floor(getMachineMemory() * SHARE_OF_MEMORY),
    diskBytes: settings.diskBytes,
  };
}

/** Throws QUOTA_EXCEEDED when one more server does not fit. */
export function checkMemory({ memoryBytes }: Budgets, usedBytes: number, wantedBytes: number): void {
  if (usedBytes + wantedBytes > memoryBytes) {
    throw refuse('memory', `${formatSize(usedBytes)} of ${formatSize(memoryBytes)} are in use`);
  }
  const machineBytes = getMachineMemory();
  const spareBytes = Math.min(machineBytes * SPARE_MEMORY.share, SPARE_MEMORY.mostBytes);
  const freeBytes = process.availableMemory();
  if (freeBytes - wantedBytes < spareBytes) {
    throw refuse('memory', `this machine has ${formatSize(freeBytes)} of ${formatSize(machineBytes)} left`);
  }
}

/** Throws QUOTA_EXCEEDED when there is no room for one more volume; `folders` are on the file systems to look at. */
export async function checkDisk(
  { diskBytes }: Budgets,
  usedBytes: number,
  folders: readonly string[],
): Promise<void> {
  if (diskBytes !== undefined && usedBytes >= diskBytes) {
    throw refuse('disk', `${formatSize(usedBytes)} of ${formatSize(diskBytes)} are in use`);
  }
  for (const folder of folders) {
    const { blocks, bavail, bsize } = await statfs(folder);
    const spareBytes = Math.min(blocks * bsize * SPARE_DISK.share, SPARE_DISK.mostBytes);
    if (bavail * bsize >= spareBytes) continue;
    throw refuse(
      'disk',
      `${formatSize(bavail * bsize)} of ${formatSize(blocks * bsize)} are left in ${folder}`,
    );
  }
}

function refuse(what: 'memory' | 'disk', figures: string): FactoryError {
  return new FactoryError('QUOTA_EXCEEDED', figures, {
    hint: `Destroy or stop copies that nobody needs, or give the local RDS more: --${what} SIZE.`,
  });
}

function formatSize(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
