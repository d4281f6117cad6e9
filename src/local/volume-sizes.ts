// Sizes of volumes, measured a few at a time and kept for a while: asking the file system takes milliseconds each.
import type { StorageDriver, VolumeSize } from './storage/driver.ts';
import { makeLimit } from './turns.ts';

export interface VolumeSizes {
  /** Measured now, unless it was within `maxAgeMs`; undefined for a volume that is being made or removed. */
  measure(volumeId: string, maxAgeMs: number): Promise<VolumeSize | undefined>;
}

interface Measured {
  readonly atMs: number;
  readonly size: Promise<VolumeSize | undefined>;
}

const AT_A_TIME = 2;

export function makeVolumeSizes(driver: StorageDriver): VolumeSizes {
  const kept = new Map<string, Measured>();
  const limit = makeLimit(AT_A_TIME);
  return {
    async measure(volumeId, maxAgeMs) {
      const found = kept.get(volumeId);
      if (found && found.atMs > Date.now() - maxAgeMs) return await found.size;
      const size = limit(async () => await driver.measureVolume(volumeId).catch(() => undefined));
      kept.set(volumeId, { atMs: Date.now(), size });
      if ((await size) === undefined) kept.delete(volumeId);
      return await size;
    },
  };
}
