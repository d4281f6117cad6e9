// The store in a registry: an image is read without its layers, and written so that its name appears last.
import { FactoryError, wrapError } from '../../errors.ts';
import { yieldOnce } from '../chunks.ts';
import type { Blob, Image, PublishedIndex } from '../image.ts';
import { makeParcel } from '../make-image.ts';
import { BASE_NAME_ANNOTATION } from '../media-types.ts';
import { type BlobSource, type ImageRoot, openImage, openIndex, openPlatforms } from '../open-image.ts';
import { formatReference, parseReference, type Reference } from '../reference.ts';
import type { ImageStore, WriteResult } from '../store.ts';
import { UnknownContentError } from './answers.ts';
import { findManifest, makeRegistrySource } from './pull.ts';
import { type PushOptions, pushBlob, pushManifest } from './push.ts';
import { findReferrers, writeReferrer } from './referrers.ts';
import { type ConnectionOptions, makeSessions, type OpenRepository } from './repositories.ts';
import { DEFAULT_RETRY, retry } from './retry.ts';
import type { RegistrySession } from './session.ts';

export interface RegistryOptions extends PushOptions, ConnectionOptions {}

const PARALLEL_UPLOADS = 3;

export function makeRegistryStore(options: RegistryOptions): ImageStore {
  const openRepository = makeSessions(options);
  return {
    name: 'registry',
    async findImage(reference, platform) {
      try {
        const root = await findRoot(parseReference(reference), openRepository);
        return root && (await openImage(root, platform));
      } catch (error) {
        throw wrapError(`reading ${reference}`, error, 'STORE_FAILED');
      }
    },
    async findPlatforms(reference) {
      try {
        const root = await findRoot(parseReference(reference), openRepository);
        return root === undefined ? [] : await openPlatforms(root);
      } catch (error) {
        throw wrapError(`reading ${reference}`, error, 'STORE_FAILED');
      }
    },
    async findIndex(reference) {
      try {
        const root = await findRoot(parseReference(reference), openRepository);
        return root && (await openIndex(root));
      } catch (error) {
        throw wrapError(`reading ${reference}`, error, 'STORE_FAILED');
      }
    },
    async writeImage(reference, images, index) {
      try {
        return await writeImage(parseReference(reference), images, index, { ...options, openRepository });
      } catch (error) {
        throw wrapError(`writing ${reference}`, error, 'STORE_FAILED');
      }
    },
    referrers: {
      async findReferrers(reference, digest) {
        try {
          return await findReferrers(openRepository(parseReference(reference), [], 'pull'), digest);
        } catch (error) {
          throw wrapError(`reading what refers to ${reference}`, error, 'STORE_FAILED');
        }
      },
      async writeReferrer(reference, referrer) {
        const session = openRepository(parseReference(reference), [], 'pull,push');
        try {
          return await writeReferrer(session, referrer, options);
        } catch (error) {
          throw wrapError(`attaching to ${reference}`, error, 'STORE_FAILED');
        }
      },
    },
    async listImages() {
      throw new FactoryError('NOT_SUPPORTED', 'the images of a registry are not listed');
    },
  };
}

/** Two small requests: manifest and config; one more where the reference names several platforms. */
async function findRoot(
  reference: Reference,
  openRepository: OpenRepository,
): Promise<ImageRoot | undefined> {
  const session = openRepository(reference, [], 'pull');
  const found = await findManifest(session, reference.digest ?? reference.tag ?? 'latest');
  if (found === undefined) return undefined;
  const source = makeRegistrySource(session);
  const known: BlobSource = (descriptor) =>
    descriptor.digest === found.descriptor.digest
      ? { descriptor, open: () => yieldOnce(found.bytes) }
      : source(descriptor);
  return { source: known, descriptor: found.descriptor };
}

async function writeImage(
  reference: Reference,
  images: readonly Image[],
  index: PublishedIndex | undefined,
  options: RegistryOptions & { readonly openRepository: OpenRepository },
): Promise<WriteResult> {
  const { content, manifests, root } = makeParcel(images, index);
  const digest = root.descriptor.digest;
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw new FactoryError('CONFLICT', `the image is ${digest}, not ${reference.digest}`);
  }
  const blobs = listUploads(images, content, reference);
  const sources = new Set([...blobs.values()].flatMap(({ mountFrom }) => mountFrom ?? []));
  const session = options.openRepository(reference, [...sources], 'pull,push');
  let writtenBytes = 0;
  const push = async () => {
    writtenBytes += await pushBlobs(session, [...blobs.values()], options);
    for (const manifest of manifests) {
      writtenBytes += await pushManifest(session, manifest.descriptor.digest, manifest);
    }
    writtenBytes += await pushManifest(session, reference.tag ?? digest, root);
  };
  await retry(options.retry ?? DEFAULT_RETRY, push, (error) => error instanceof UnknownContentError);
  return { digest, reference: formatReference(reference), writtenBytes };
}

interface Upload {
  readonly blob: Blob;
  readonly mountFrom: string | undefined;
}

/** Each blob once, with the repository of the same registry that has it, as far as that is known. */
function listUploads(
  images: readonly Image[],
  content: readonly Blob[],
  reference: Reference,
): ReadonlyMap<string, Upload> {
  const bases = new Map<string, string>();
  for (const { manifest } of images) {
    const baseName = manifest.annotations?.[BASE_NAME_ANNOTATION];
    if (baseName === undefined) continue;
    const { host, repository } = parseReference(baseName);
    for (const { digest } of [manifest.config, ...manifest.layers])
      bases.set(digest, `${host}/${repository}`);
  }
  return new Map(
    content.map((blob) => {
      const { digest } = blob.descriptor;
      return [digest, { blob, mountFrom: findMount(blob.origin ?? bases.get(digest), reference) }];
    }),
  );
}

function findMount(origin: string | undefined, { host, repository }: Reference): string | undefined {
  if (origin === undefined || !origin.startsWith(`${host}/`)) return undefined;
  const from = origin.slice(host.length + 1);
  return from === repository ? undefined : from;
}

async function pushBlobs(
  session: RegistrySession,
  uploads: readonly Upload[],
  options: RegistryOptions,
): Promise<number> {
  const waiting = [...uploads];
  let writtenBytes = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const sentBytes = await pushBlob(session, next.blob, next.mountFrom, options);
      writtenBytes += sentBytes;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_UPLOADS }, work));
  return writtenBytes;
}
