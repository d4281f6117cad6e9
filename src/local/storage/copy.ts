// The driver that always works: every fork is a whole copy.
import type { StorageDriver } from './driver.ts';
import { measureBlocks } from './extents.ts';
import { openFullCopies } from './full-copies.ts';
import type { Place } from './place.ts';
import { copySparse } from './sparse.ts';

export async function openCopyDriver(place: Place): Promise<StorageDriver> {
  return await openFullCopies(place, {
    name: 'copy',
    isForkCheap: false,
    copyFile: copySparse,
    copyFileToKeep: copySparse,
    measure: measureBlocks,
  });
}
