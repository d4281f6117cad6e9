// The goldens worth keeping: which one stands for what content. A small file, since drivers know only names.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { StorageDriver } from '../storage/driver.ts';
import { replaceFile } from '../store.ts';
import type { ForksAhead } from './forks-ahead.ts';

export interface Golden {
  readonly id: string;
  /** The volume that it is a copy of, or the name of a template. */
  readonly owner: string;
  readonly contentKey: string;
  /** Files that a server on a fork is about to read. */
  readonly readFirst?: readonly string[] | undefined;
}

export interface Goldens {
  find(owner: string): Golden | undefined;
  list(): readonly Golden[];
  /** Replaces what the owner had; the old golden is removed. */
  keep(golden: Golden): Promise<void>;
  drop(owner: string): Promise<void>;
}

export function makeGoldenId(): string {
  return `golden-${randomBytes(6).toString('hex')}`;
}

/** A list that is missing or damaged costs time, not data: everything is made again. */
export async function openGoldens(
  path: string,
  driver: StorageDriver,
  forksAhead: Pick<ForksAhead, 'drop'>,
): Promise<Goldens> {
  const onDisk = new Set(await driver.list());
  const kept = (await readGoldens(path)).filter((golden) => onDisk.has(golden.id));
  const goldens = new Map(kept.map((golden) => [golden.owner, golden]));
  let writing = Promise.resolve();
  const write = async () => {
    writing = writing.catch(() => {}).then(() => replaceFile(path, JSON.stringify([...goldens.values()])));
    await writing;
  };
  const removeOld = async (old: Golden | undefined) => {
    if (!old) return;
    await forksAhead.drop(old.id);
    await driver.remove(old.id);
  };
  return {
    find: (owner) => goldens.get(owner),
    list: () => [...goldens.values()],
    async keep(golden) {
      const old = goldens.get(golden.owner);
      goldens.set(golden.owner, golden);
      await write();
      await removeOld(old);
    },
    async drop(owner) {
      const old = goldens.get(owner);
      if (!goldens.delete(owner)) return;
      await write();
      await removeOld(old);
    },
  };
}

async function readGoldens(path: string): Promise<Golden[]> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Golden[];
  } catch {
    return [];
  }
}
