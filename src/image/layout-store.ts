// The store in a folder: an OCI image layout that several processes may use at once. The local image store is one.
// Blobs are written first, then index.json is replaced under a lock: killed at any time, it is still a whole layout.
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { wrapError } from '../errors.ts';
import { getStoredBlob, makeTemporaryPath, sweepBlobs, writeBlob, writeBlobs } from './blob-folder.ts';
import { formatCanonicalJson } from './canonical-json.ts';
import { getHex } from './digest.ts';
import { withFileLock } from './file-lock.ts';
import type { Blob, Descriptor } from './image.ts';
import { type FindFile, findDescriptor, getNames, NAME_ANNOTATION, readIndex } from './layout-files.ts';
import { isReferrer, listReferrers } from './layout-referrers.ts';
import { collectNeeded, sweepLayout } from './layout-sweep.ts';
import { type ImageParcel, makeParcel } from './make-image.ts';
import { OCI } from './media-types.ts';
import { type BlobSource, type ImageIndex, openImage, openIndex, openPlatforms } from './open-image.ts';
import { getReferrerBlob, type Referrer } from './referrer.ts';
import type { ImageStore, ImageSummary, WriteResult } from './store.ts';
import { summarizeImage } from './summarize-image.ts';
import { wrapWriteError } from './write-errors.ts';

export interface LayoutOptions {
  /** True for a folder that is ours alone: blobs that no image needs any more are removed. */
  readonly removesUnusedBlobs: boolean;
}

const DEFAULT_NAME = 'latest';

export function makeLayoutStore(folder: string, options: LayoutOptions): ImageStore {
  const findFile = makeFolderReader(folder);
  const source: BlobSource = (descriptor) => getStoredBlob(join(folder, 'blobs', 'sha256'), descriptor);
  return {
    name: 'layout',
    findImage: async (reference, platform) => {
      const root = await findRoot(findFile, source, reference);
      return root && (await openImage(root, platform));
    },
    findPlatforms: async (reference) => {
      const root = await findRoot(findFile, source, reference);
      return root === undefined ? [] : await openPlatforms(root);
    },
    findIndex: async (reference) => {
      const root = await findRoot(findFile, source, reference);
      return root && (await openIndex(root));
    },
    writeImage: async (reference, images, index) => {
      try {
        const parcel = makeParcel(images, index);
        return await writeParcel({ folder, source, ...options }, reference || DEFAULT_NAME, parcel);
      } catch (error) {
        throw wrapWriteError(`writing ${reference || DEFAULT_NAME} to ${folder}`, error);
      }
    },
    listImages: () => listImages(findFile, source),
    referrers: {
      findReferrers: async (_reference, digest) => {
        const index = await readIndex(findFile);
        const referrers = index === undefined ? [] : await listReferrers(source, index);
        return referrers.filter(({ subject }) => subject.digest === digest);
      },
      writeReferrer: async (_reference, referrer) => await writeReferrer(folder, source, referrer),
    },
  };
}

async function findRoot(findFile: FindFile, source: BlobSource, reference: string) {
  const index = await readIndex(findFile);
  const descriptor = index && findDescriptor(index, reference);
  return descriptor && { source, descriptor };
}

async function listImages(findFile: FindFile, source: BlobSource): Promise<readonly ImageSummary[]> {
  const index = await readIndex(findFile);
  const named = (index?.manifests ?? []).filter((one) => getNames(one).length > 0);
  return await Promise.all(
    named.map(async (one) =>
      summarizeImage(getNames(one)[0] as string, await openImage({ source, descriptor: one })),
    ),
  );
}

interface OpenLayout extends LayoutOptions {
  readonly folder: string;
  readonly source: BlobSource;
}

async function writeParcel(layout: OpenLayout, name: string, parcel: ImageParcel): Promise<WriteResult> {
  const { folder, source, removesUnusedBlobs } = layout;
  const { content, root } = parcel;
  const blobFolder = join(folder, 'blobs', 'sha256');
  const manifests = [...parcel.manifests, root];
  let writtenBytes = await writeBlobs(blobFolder, content, removesUnusedBlobs);
  writtenBytes += await writeBlobs(blobFolder, manifests, false);
  await withFileLock(join(folder, 'index.json.lock'), async () => {
    await writeMissing(blobFolder, [...content, ...manifests]);
    const index = await replaceDescriptor(folder, source, name, root.descriptor);
    await sweepLayout(blobFolder, source, index, removesUnusedBlobs);
    await sweepBlobs(folder, () => true);
  });
  return { digest: root.descriptor.digest, reference: name, writtenBytes };
}

/** Under the lock nobody sweeps: what another process swept just before is written again. */
async function writeMissing(blobFolder: string, blobs: readonly Blob[]): Promise<void> {
  for (const blob of blobs) {
    const found = await stat(join(blobFolder, getHex(blob.descriptor.digest))).catch(() => undefined);
    if (found === undefined) await writeBlob(blobFolder, blob);
  }
}

async function writeReferrer(folder: string, source: BlobSource, referrer: Referrer): Promise<number> {
  const blobFolder = join(folder, 'blobs', 'sha256');
  const blobs = [...referrer.blobs, getReferrerBlob(referrer)];
  const writtenBytes = await writeBlobs(blobFolder, blobs, false);
  await withFileLock(join(folder, 'index.json.lock'), async () => {
    await writeMissing(blobFolder, blobs);
    const index = await readIndex(makeFolderReader(folder));
    const others = (index?.manifests ?? []).filter(({ digest }) => digest !== referrer.descriptor.digest);
    await writeIndex(folder, await dropOrphans(source, [...others, referrer.descriptor]));
  });
  return writtenBytes;
}

async function replaceDescriptor(
  folder: string,
  source: BlobSource,
  name: string,
  root: Descriptor,
): Promise<ImageIndex> {
  const before = await readIndex(makeFolderReader(folder));
  const others = (before?.manifests ?? []).filter((one) => !getNames(one).includes(name));
  const named = { ...root, annotations: { [NAME_ANNOTATION]: name } };
  return await writeIndex(folder, await dropOrphans(source, [...others, named]));
}

/** Leaves referrers out whose image is there no more. */
async function dropOrphans(
  source: BlobSource,
  manifests: readonly Descriptor[],
): Promise<readonly Descriptor[]> {
  const images = manifests.filter((one) => !isReferrer(one));
  const needed = await collectNeeded(source, images);
  if (needed === undefined || images.length === manifests.length) return manifests;
  const referrers = await listReferrers(source, { manifests });
  const orphans = referrers.filter(({ subject }) => !needed.has(subject.digest));
  return manifests.filter(({ digest }) => !orphans.some(({ descriptor }) => descriptor.digest === digest));
}

async function writeIndex(folder: string, manifests: readonly Descriptor[]): Promise<ImageIndex> {
  const layout = join(folder, 'oci-layout');
  const isThere = await stat(layout)
    .then(({ size }) => size > 0)
    .catch(() => false);
  if (!isThere) await replaceFile(layout, formatCanonicalJson({ imageLayoutVersion: '1.0.0' }));
  const index = { schemaVersion: 2, mediaType: OCI.index, manifests };
  await replaceFile(join(folder, 'index.json'), formatCanonicalJson(index));
  return index;
}

function makeFolderReader(folder: string): FindFile {
  return async (path) => {
    const full = join(folder, path);
    const found = await stat(full).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw wrapError(`reading ${full}`, error, 'STORE_FAILED');
    });
    return found && { sizeBytes: found.size, open: () => createReadStream(full) };
  };
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = makeTemporaryPath(dirname(path));
  try {
    const file = await open(temporary, 'w', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
