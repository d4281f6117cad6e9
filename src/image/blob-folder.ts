// A folder of blobs named by their digests: part of an OCI layout, and the cache of layers.
// A file has its final name only when it is whole and on disk; what a killed writer left is swept later.
// Writing trusts what was checked before and left alone since; whoever reads checks every byte again.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../errors.ts';
import { getAgeMs, isMarkedChecked, markChecked, markUsed, unmarkChecked } from './checked-mark.ts';
import { cutEvenly } from './chunks.ts';
import { getHex, openChecked, tapHash } from './digest.ts';
import type { Blob, Descriptor } from './image.ts';
import { wrapWriteError } from './write-errors.ts';

/** Path of the folder that holds the files, such as `DIR/blobs/sha256`. */
export type BlobFolder = string;

const TEMPORARY = '.temporary-';
/** Layers are hashed whenever they are read: larger pieces than Node's 64 KiB cost fewer turns of the loop. */
const PIECE_BYTES = 1024 * 1024;
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** A blob of the folder, which must be there by the time it is opened. */
export function getStoredBlob(folder: BlobFolder, descriptor: Descriptor): Blob {
  const getPath = () => join(folder, getHex(descriptor.digest));
  return {
    descriptor,
    open: () => readStored(getPath(), descriptor),
    distrust: () => unmarkChecked(getPath()),
    findCheckedFile: async () => ((await isChecked(getPath(), descriptor)) ? getPath() : undefined),
  };
}

/** Undefined when the file is missing or not whole: damage is replaced and not passed on. */
export async function findStoredBlob(folder: BlobFolder, descriptor: Descriptor): Promise<Blob | undefined> {
  const path = join(folder, getHex(descriptor.digest));
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== descriptor.size) return undefined;
  const blob = getStoredBlob(folder, descriptor);
  if (isMarkedChecked(found)) return blob;
  try {
    for await (const _ of openChecked(blob));
  } catch (error) {
    if (error instanceof FactoryError) return undefined;
    throw error;
  }
  await markChecked(path).catch(() => {}); // somebody else's file: it is checked each time
  return blob;
}

/** Stores the blob unless it is there already; returns the bytes written. `canLink`: both folders are ours alone. */
export async function writeBlob(folder: BlobFolder, blob: Blob, canLink = false): Promise<number> {
  await markUsed(join(folder, getHex(blob.descriptor.digest)));
  if ((await findStoredBlob(folder, blob.descriptor)) !== undefined) return 0;
  if (canLink && (await linkBlob(folder, blob))) return blob.descriptor.size;
  return await storeFile(folder, openChecked(blob), () => blob.descriptor.digest);
}

/** Each once, all at the same time; returns the bytes written. After a failure none is still being written. */
export async function writeBlobs(
  folder: BlobFolder,
  blobs: readonly Blob[],
  canLink: boolean,
): Promise<number> {
  const distinct = new Map(blobs.map((blob) => [blob.descriptor.digest, blob]));
  const writing = [...distinct.values()].map((blob) => writeBlob(folder, blob, canLink));
  await Promise.allSettled(writing);
  return (await Promise.all(writing)).reduce((sum, bytes) => sum + bytes, 0);
}

/** Stores bytes whose digest is not known before; returns it. */
export async function writeNewBlob(
  folder: BlobFolder,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly digest: string; readonly size: number }> {
  const hash = createHash('sha256');
  let digest = '';
  const size = await storeFile(folder, tapHash(chunks, hash), () => {
    digest = `sha256:${hash.digest('hex')}`;
    return digest;
  });
  return { digest, size };
}

/** A name that nobody else has; what is left under it by a killed process is swept. */
export function makeTemporaryPath(folder: string): string {
  return join(folder, `${TEMPORARY}${process.pid}-${randomBytes(6).toString('hex')}`);
}

/** Removes what killed writers left, and blobs that nobody needs and nobody has used for an hour. */
export async function sweepBlobs(folder: BlobFolder, isNeeded: (digest: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(TEMPORARY) && isNeeded(`sha256:${name}`)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && getAgeMs(found) > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}

/** The same file under another name costs nothing. False where there is none, or on another file system. */
async function linkBlob(folder: BlobFolder, blob: Blob): Promise<boolean> {
  const file = await blob.findCheckedFile?.();
  if (file === undefined) return false;
  const temporary = makeTemporaryPath(folder);
  try {
    await mkdir(folder, { recursive: true });
    await link(file, temporary);
    await rename(temporary, join(folder, getHex(blob.descriptor.digest)));
    return true;
  } catch {
    return false;
  } finally {
    await rm(temporary, { force: true }); // a rename onto the same file leaves both names
  }
}

async function isChecked(path: string, { size }: Descriptor): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.size === size && isMarkedChecked(found);
}

async function* readStored(path: string, { digest }: Descriptor): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: PIECE_BYTES });
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw isMissing ? new FactoryError('IMAGE_DAMAGED', `${digest} is missing`) : error;
  }
}

/** `getDigest` is asked when all is written. Returns the bytes written. */
async function storeFile(
  folder: BlobFolder,
  chunks: AsyncIterable<Uint8Array>,
  getDigest: () => string,
): Promise<number> {
  const temporary = makeTemporaryPath(folder);
  try {
    await mkdir(folder, { recursive: true });
    const sizeBytes = await writeWhole(temporary, chunks);
    await markChecked(temporary);
    await rename(temporary, join(folder, getHex(getDigest())));
    return sizeBytes;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error instanceof FactoryError ? error : wrapWriteError(`writing to ${folder}`, error);
  }
}

/** In even pieces: a network brings a few kilobytes at a time, and each call costs a turn of the loop. */
async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  const spare: Uint8Array[] = [];
  const file = await open(path, 'wx', 0o644);
  try {
    for await (const piece of cutEvenly(chunks, PIECE_BYTES, spare)) {
      await file.writeFile(piece);
      sizeBytes += piece.length;
      if (piece.length === PIECE_BYTES) spare.push(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return sizeBytes;
}
