// The store in one tar file: written whole or not at all, read without unpacking.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { FactoryError, wrapError } from '../errors.ts';
import { findTarRoot } from './docker/archive.ts';
import type { Image, PublishedIndex } from './image.ts';
import { makeParcel } from './make-image.ts';
import { openImage, openIndex, openPlatforms } from './open-image.ts';
import type { ImageStore, WriteResult } from './store.ts';
import { openTarFiles } from './tar-files.ts';
import { writeArchive } from './write-archive.ts';
import { wrapWriteError } from './write-errors.ts';

const DEFAULT_NAME = 'image:latest';

export function makeArchiveStore(path: string): ImageStore {
  return {
    name: 'archive',
    async findImage(reference, platform) {
      const root = await findRoot(path, reference);
      return root && (await openImage(root, platform));
    },
    async findPlatforms(reference) {
      const root = await findRoot(path, reference);
      return root === undefined ? [] : await openPlatforms(root);
    },
    async findIndex(reference) {
      const root = await findRoot(path, reference);
      return root && (await openIndex(root));
    },
    async writeImage(reference, images, index) {
      try {
        return await writeImage(path, reference || DEFAULT_NAME, images, index);
      } catch (error) {
        throw wrapWriteError(`writing ${path}`, error);
      }
    },
    async listImages() {
      throw new FactoryError('NOT_SUPPORTED', 'the images of an archive are not listed', {
        hint: `Inspect it instead: ${path}.`,
      });
    },
  };
}

async function findRoot(path: string, reference: string) {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  try {
    const findFile = await openTarFiles({
      open: () => createReadStream(path),
      openRange: (offset, sizeBytes) =>
        createReadStream(path, { start: offset, end: offset + sizeBytes - 1 }),
    });
    return await findTarRoot(findFile, reference);
  } catch (error) {
    throw wrapError(`reading ${path}`, error, 'STORE_FAILED');
  }
}

async function writeImage(
  path: string,
  name: string,
  images: readonly Image[],
  index: PublishedIndex | undefined,
): Promise<WriteResult> {
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.temporary`;
  let writtenBytes = 0;
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      for await (const chunk of writeArchive(name, images, { index })) {
        writtenBytes += chunk.length;
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return { digest: makeParcel(images, index).root.descriptor.digest, reference: path, writtenBytes };
}
