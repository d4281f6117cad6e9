// Runs pieces of work that share a key one after another, in the order of the calls; others side by side.
import type { StorageDriver } from './driver.ts';

export type InTurn = <T>(keys: readonly string[], work: () => Promise<T>) => Promise<T>;

export function makeTurns(): InTurn {
  const lasts = new Map<string, Promise<unknown>>();
  return async (keys, work) => {
    const turn = Promise.all(keys.map((key) => lasts.get(key))).then(work);
    const end = turn.then(
      () => {},
      () => {},
    );
    for (const key of keys) lasts.set(key, end);
    await end;
    for (const key of keys) if (lasts.get(key) === end) lasts.delete(key);
    return await turn;
  };
}

/** Nothing is removed while it is copied, and nothing is made twice at once, whoever asks. */
export function takeTurns(driver: StorageDriver): StorageDriver {
  const inTurn = makeTurns();
  return {
    name: driver.name,
    isGoldenAtomic: driver.isGoldenAtomic,
    isForkCheap: driver.isForkCheap,
    makeVolume: async (id) => await inTurn([id], async () => await driver.makeVolume(id)),
    makeGolden: async (volumeId, goldenId, exclude) =>
      await inTurn([volumeId, goldenId], async () => await driver.makeGolden(volumeId, goldenId, exclude)),
    forkGolden: async (goldenId, volumeId, isLast, readFirst) =>
      await inTurn([goldenId, volumeId], async () => {
        await driver.forkGolden(goldenId, volumeId, isLast, readFirst);
      }),
    rename: async (id, newId) => await inTurn([id, newId], async () => await driver.rename(id, newId)),
    openVolume: async (id, isDurable) =>
      await inTurn([id], async () => await driver.openVolume(id, isDurable)),
    closeVolume: async (id) => await inTurn([id], async () => await driver.closeVolume(id)),
    remove: async (id) => await inTurn([id], async () => await driver.remove(id)),
    measureVolume: async (id) => await driver.measureVolume(id),
    list: async () => await driver.list(),
  };
}
