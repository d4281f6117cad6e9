// The folders that drivers keep, one per volume or golden: whole or not there, whenever the process is killed.
// Made under a temporary name, removed by way of a trash name; both are swept when a driver opens.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { explainFailure, getErrno } from './failures.ts';
import { exists, removeTree } from './remove-tree.ts';

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
        .filter((entry) => entry.isDirectory() && isId(entry.name))
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

/** A file system has folders of its own, such as lost+found. */
export function isId(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(name);
}

/** Ids become names of folders, so nothing else may be in them. */
function checkId(id: string): string {
  if (isId(id)) return id;
  throw new FactoryError('BUG', `"${id}" is no id of a volume`);
}

function makeSuffix(): string {
  return randomBytes(4).toString('hex');
}
