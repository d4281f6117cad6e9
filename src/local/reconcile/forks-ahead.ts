// Keeps one fork of each golden ready that was forked lately, so that the next clone has nothing to copy or mount: it takes
// the fork over by a rename. They are known in memory alone and have no record, so that after a crash they are leftovers like any other.
import { randomBytes } from 'node:crypto';
import type { StorageDriver } from '../storage/driver.ts';
import type { Golden } from './goldens.ts';

export interface ForksAhead {
  /** Makes a volume for a server that starts at once. */
  fork(golden: Golden, volumeId: string, isDurable: boolean): Promise<void>;
  /** Of a golden that is about to be removed. */
  drop(goldenId: string): Promise<void>;
  /** None is made from now on; what is there is left to the next start. */
  close(): Promise<void>;
}

interface Ahead {
  readonly volumeId: string;
  /** False when it could not be made: whoever needs one makes it, and is told why not. */
  readonly made: Promise<boolean>;
}

/** Whoever was just given a fork has the processors for itself, and so have many who clone one after another. */
const DELAY_MS = 300;

export function makeForksAhead(driver: StorageDriver): ForksAhead {
  const ready = new Map<string, Ahead>();
  const due = new Map<string, NodeJS.Timeout>();
  const prepare = (golden: Golden): void => {
    due.delete(golden.id);
    if (ready.has(golden.id)) return;
    const volumeId = `ahead-${randomBytes(6).toString('hex')}`;
    const make = async (): Promise<boolean> => {
      try {
        await driver.forkGolden(golden.id, volumeId, false, golden.readFirst);
        await driver.openVolume(volumeId, false); // as nearly every copy is
        return true;
      } catch {
        if (ready.get(golden.id)?.volumeId === volumeId) ready.delete(golden.id);
        await driver.remove(volumeId).catch(() => {});
        return false;
      }
    };
    ready.set(golden.id, { volumeId, made: make() });
  };
  const stopWaiting = (goldenId: string): void => {
    clearTimeout(due.get(goldenId));
    due.delete(goldenId);
  };
  const take = async (goldenId: string, volumeId: string, isDurable: boolean): Promise<boolean> => {
    const ahead = ready.get(goldenId);
    if (!ahead) return false;
    ready.delete(goldenId);
    if (!(await ahead.made)) return false;
    if (isDurable) await driver.closeVolume(ahead.volumeId);
    await driver.rename(ahead.volumeId, volumeId);
    return true;
  };
  return {
    async fork(golden, volumeId, isDurable) {
      stopWaiting(golden.id);
      if (!(await take(golden.id, volumeId, isDurable))) {
        await driver.forkGolden(golden.id, volumeId, false, golden.readFirst);
      }
      due.set(golden.id, setTimeout(prepare, DELAY_MS, golden).unref());
    },
    async drop(goldenId) {
      stopWaiting(goldenId);
      const ahead = ready.get(goldenId);
      ready.delete(goldenId);
      if (ahead && (await ahead.made)) await driver.remove(ahead.volumeId);
    },
    async close() {
      for (const goldenId of [...due.keys()]) stopWaiting(goldenId);
      await Promise.all([...ready.values()].map(({ made }) => made));
    },
  };
}
