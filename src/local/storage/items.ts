// The folders that drivers keep, one per volume or golden: whole or not there, whenever the process is killed.
// Made under a temporary name, removed by way of a trash name; both are swept when a driver opens.
import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { explainFailure, getErrno } from './failures.ts';
import { isRoot } from './owner.ts';

const NEW = '.new-';
const GONE = '.gone-';

/** Deletes a folder for good, whatever state it is in. */
export type Discard = (folder: string) => Promise<void>;

export interface Items {
  pathOf(id: string, ...names: string[]): string;
  has(id: string): Promise<boolean>;
  list(): Promise<string[]>;
  /** Does nothing when the item is there; `fill` gets an empty folder that becomes the item when it resolves. */
  make(id: string, fill: (folder: string) => Promise<void>): Promise<void>;
  /** The item `from` is `to` afterwards. */
  rename(from: string, to: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Deletes what was half made or half removed. */
  sweep(): Promise<void>;
}

export function openItems(root: string, discard: Discard = removeTree): Items {
  const pathOf = (id: string, ...names: string[]) => join(root, checkId(id), ...names);
  return {
    pathOf,
    has: (id) => exists(pathOf(id)),
    async list() {
      return (await readdir(root, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map((entry) => entry.name);
    },
    async make(id, fill) {
      if (await exists(pathOf(id))) return;
      const folder = join(root, `${NEW}${id}-${makeSuffix()}`);
      try {
        await mkdir(folder, { mode: 0o755 });
        await fill(folder);
        await rename(folder, pathOf(id));
      } catch (error) {
        await discard(folder);
        throw explainFailure(`making ${id}`, root, error);
      }
    },
    async rename(from, to) {
      await rename(pathOf(from), pathOf(to));
    },
    async remove(id) {
      const gone = join(root, `${GONE}${checkId(id)}-${makeSuffix()}`);
      try {
        await rename(pathOf(id), gone);
      } catch (error) {
        if (getErrno(error) === 'ENOENT') return;
        throw explainFailure(`removing ${id}`, root, error);
      }
      await discard(gone);
    },
    async sweep() {
      for (const name of await readdir(root)) {
        if (name.startsWith(NEW) || name.startsWith(GONE)) await discard(join(root, name));
      }
    },
  };
}

/** Also where folders forbid it: overlayfs leaves some of mode 000, and engines may make theirs read-only. */
export async function removeTree(folder: string): Promise<void> {
  try {
    if (!isRoot() && (await exists(folder))) await permitRemoval(folder);
    // A program that a killed process had started may still be writing here for a moment.
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch (error) {
    throw explainFailure('removing a folder', folder, error);
  }
}

async function permitRemoval(folder: string): Promise<void> {
  if (((await lstat(folder)).mode & 0o700) !== 0o700) await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await permitRemoval(join(folder, entry.name));
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (getErrno(error) === 'ENOENT') return false;
    throw explainFailure('looking for a folder', path, error);
  }
}

/** Ids become names of folders, so nothing else may be in them. */
function checkId(id: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(id)) return id;
  throw new FactoryError('BUG', `"${id}" is no id of a volume`);
}

function makeSuffix(): string {
  return randomBytes(4).toString('hex');
}
