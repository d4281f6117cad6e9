// A folder of blobs named by their digests: part of an OCI layout, and the cache of layers.
// A file has its final name only when it is whole and on disk; what a killed writer left is swept later.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError, wrapError } from '../errors.ts';
import { checkStream, getHex } from './digest.ts';
import type { Blob, Descriptor } from './image.ts';

/** Path of the folder that holds the files, such as `DIR/blobs/sha256`. */
export type BlobFolder = string;

const TEMPORARY = '.temporary-';
/** Layers are hashed whenever they are read: larger pieces than Node's 64 KiB cost fewer turns of the loop. */
const READ_BYTES = 1024 * 1024;
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** A blob of the folder, which must be there by the time it is opened. */
export function getStoredBlob(folder: BlobFolder, descriptor: Descriptor): Blob {
  const path = join(folder, getHex(descriptor.digest));
  return { descriptor, open: () => createReadStream(path, { highWaterMark: READ_BYTES }) };
}

/** Undefined when the file is missing or not whole; reads it all, so that damage is replaced and not passed on. */
export async function findStoredBlob(folder: BlobFolder, descriptor: Descriptor): Promise<Blob | undefined> {
  const path = join(folder, getHex(descriptor.digest));
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== descriptor.size) return undefined;
  const blob = getStoredBlob(folder, descriptor);
  try {
    for await (const _ of checkStream(blob.open(), descriptor));
  } catch (error) {
    if (error instanceof FactoryError) return undefined;
    throw error;
  }
  return blob;
}

/** Stores the blob unless it is there already; returns the bytes written. */
export async function writeBlob(folder: BlobFolder, blob: Blob): Promise<number> {
  await markUsed(folder, blob.descriptor);
  if ((await findStoredBlob(folder, blob.descriptor)) !== undefined) return 0;
  await writeNewBlob(folder, checkStream(blob.open(), blob.descriptor));
  return blob.descriptor.size;
}

/** Stores bytes whose digest is not known before; returns it. */
export async function writeNewBlob(
  folder: BlobFolder,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly digest: string; readonly size: number }> {
  const temporary = makeTemporaryPath(folder);
  try {
    await mkdir(folder, { recursive: true });
    const written = await writeWhole(temporary, chunks);
    await rename(temporary, join(folder, getHex(written.digest)));
    return written;
  } catch (error) {
    await rm(temporary, { force: true });
    throw describeWriteError(folder, error);
  }
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
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS)
      await rm(path, { force: true });
  }
}

/** A writer that finds a blob refers to it a little later: its age starts anew, so that it is not swept. */
async function markUsed(folder: BlobFolder, descriptor: Descriptor): Promise<void> {
  const now = new Date();
  await utimes(join(folder, getHex(descriptor.digest)), now, now).catch(() => {});
}

async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o644);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

function describeWriteError(folder: string, error: unknown): unknown {
  if (error instanceof FactoryError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return wrapError(`writing to ${folder}`, error, 'DISK_FULL');
  return wrapError(`writing to ${folder}`, error, 'STORE_FAILED');
}
