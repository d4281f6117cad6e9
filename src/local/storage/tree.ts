// Walks and copies directory trees with whatever copies one file. Knows neither drivers nor volumes.
import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exclude } from './driver.ts';
import { getErrno } from './failures.ts';
import { giveTo, makeOwnedFolder, type Owner } from './owner.ts';

/** Enough in flight to keep Node's four file-system threads busy. */
const FILES_IN_FLIGHT = 32;

export interface Tree {
  /** Relative paths, parents before their children. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
  readonly symlinks: readonly string[];
  /** Character devices: the whiteouts of overlayfs. */
  readonly devices: readonly string[];
  /** Left out; nothing below them was looked at. */
  readonly excluded: readonly string[];
}

export interface CopyTreeOptions {
  readonly owner: Owner;
  readonly exclude?: Exclude;
  /** Files may vanish under our hands, as they do below a running server. */
  readonly isLive?: boolean;
  readonly copyFile: (from: string, to: string) => Promise<void>;
}

/** Sockets and pipes belong to running processes and are passed over. */
export async function readTree(root: string, exclude: Exclude = () => false): Promise<Tree> {
  const tree = { folders: [], files: [], symlinks: [], devices: [], excluded: [] } as Record<
    keyof Tree,
    string[]
  >;
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readFolder(root, folder)) {
      const path = join(folder, entry.name);
      if (exclude(path)) tree.excluded.push(path);
      else if (entry.isDirectory()) {
        tree.folders.push(path);
        await visit(path);
      } else if (entry.isFile()) tree.files.push(path);
      else if (entry.isSymbolicLink()) tree.symlinks.push(path);
      else if (entry.isCharacterDevice()) tree.devices.push(path);
    }
  };
  await visit('');
  return tree;
}

/** `to` becomes a copy of `from`: modes and symbolic links are kept, everything belongs to the owner. */
export async function copyTree(from: string, to: string, options: CopyTreeOptions): Promise<void> {
  const tree = await readTree(from, options.exclude);
  const unlessGone = options.isLive ? passOverVanished : async (work: Promise<void>) => work;
  for (const folder of ['', ...tree.folders]) {
    await unlessGone(copyFolder(join(from, folder), join(to, folder), options.owner));
  }
  for (const path of tree.symlinks) {
    await unlessGone(copySymlink(join(from, path), join(to, path), options.owner));
  }
  await forEachOf(tree.files, async (path) => {
    await unlessGone(copyOwnedFile(join(from, path), join(to, path), options));
  });
}

/** Runs `work` for every item, a bounded number at a time; the first failure stops the rest. */
export async function forEachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let hasFailed = false;
  const take = async (): Promise<void> => {
    for (const item of queue) {
      if (hasFailed) return;
      await work(item).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: FILES_IN_FLIGHT }, take));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** A folder below the root may vanish while we walk; the root may not. */
async function readFolder(root: string, folder: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (getErrno(error) === 'ENOENT' && folder !== '') return [];
    throw error;
  }
}

async function copyFolder(from: string, to: string, owner: Owner): Promise<void> {
  await makeOwnedFolder(owner, to, (await lstat(from)).mode & 0o7777);
}

async function copySymlink(from: string, to: string, owner: Owner): Promise<void> {
  await symlink(await readlink(from), to);
  giveTo(owner, to);
}

async function copyOwnedFile(from: string, to: string, options: CopyTreeOptions): Promise<void> {
  await options.copyFile(from, to);
  giveTo(options.owner, to);
}

async function passOverVanished(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (getErrno(error) !== 'ENOENT') throw error;
  }
}
