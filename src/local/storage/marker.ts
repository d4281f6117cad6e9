// The file that says which driver a folder of volumes belongs to; another one would not find its data.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FactoryError } from '../../errors.ts';
import { replaceFile } from '../store.ts';
import { DRIVER_NAMES } from './driver.ts';
import { explainFailure, getErrno } from './failures.ts';
import { isId } from './items.ts';

const MARKER = 'driver.json';

const markerSchema = z.object({
  driver: z.enum(DRIVER_NAMES),
  /** How overlays are mounted: by root, or by each engine in a user namespace of its own. */
  mounts: z.enum(['root', 'namespace']).optional(),
  /** Volumes are in the pool image beside the folder, not in it. */
  isPool: z.boolean(),
});

export type Marker = z.infer<typeof markerSchema>;

/** Undefined for a folder that is empty; volumes without a marker are an error. */
export async function readMarker(root: string): Promise<Marker | undefined> {
  const path = join(root, MARKER);
  try {
    return markerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (getErrno(error) !== 'ENOENT') throw explainFailure('reading which driver is in use', path, error);
  }
  const found = (await readdir(root)).filter(isId);
  if (found.length === 0) return undefined;
  throw new FactoryError('STORAGE_FAILED', `${root} holds ${found[0]} but not the file ${MARKER}`, {
    hint: `Restore ${MARKER}, or use an empty folder.`,
  });
}

export async function writeMarker(root: string, marker: Marker): Promise<void> {
  await replaceFile(join(root, MARKER), `${JSON.stringify(marker)}\n`, 0o644);
}
