// The store inside a Docker engine: images go in by `load` and come out by `get`, the engine's tar formats.
import { FactoryError } from '../../errors.ts';
import { collectBytes } from '../digest.ts';
import type { Image } from '../image.ts';
import { makeParcel } from '../make-image.ts';
import { type ImageRoot, openImage } from '../open-image.ts';
import type { ImageStore, ImageSummary, WriteResult } from '../store.ts';
import { openTarFiles } from '../tar-files.ts';
import { writeArchive } from '../write-archive.ts';
import { getEngineAddress } from './address.ts';
import { findTarRoot } from './archive.ts';
import { callEngine, callEngineChecked, type EngineAddress, readJson } from './engine.ts';
import { listPresentLayers, tagPresentImage } from './present.ts';

interface ListedImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Size: number;
  readonly Created: number;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** How engines say that an archive lacks a layer. */
const LAYER_MISSING = /no such file|not found|does not exist|unexpected EOF|invalid diffID/i;
const DISK_FULL = /no space left on device|disk quota exceeded/i;

/** The engine is looked for when the store is used. */
export function makeDockerStore(env: NodeJS.ProcessEnv): ImageStore {
  return {
    name: 'docker',
    findImage: async (reference, platform) => {
      const root = await findRoot(await getEngineAddress(env), reference);
      return root && (await openImage(root, platform));
    },
    // An engine keeps the platform that it runs; the index may name others that it lacks.
    findPlatforms: async (reference) => {
      const root = await findRoot(await getEngineAddress(env), reference);
      return root === undefined ? [] : [await openImage(root)];
    },
    writeImage: async (reference, images) => writeImage(await getEngineAddress(env), reference, images),
    listImages: async () => listImages(await getEngineAddress(env)),
  };
}

/** Layers are read by another export, so they cost nothing until they are opened. */
async function findRoot(address: EngineAddress, reference: string): Promise<ImageRoot | undefined> {
  const path = `/images/${encodeURI(reference)}`;
  const response = await callEngine(address, { method: 'GET', path: `${path}/json` });
  response.resume();
  if (response.statusCode === 404) return undefined;
  const findFile = await openTarFiles({ open: () => exportImage(address, path) });
  return await findTarRoot(findFile, '');
}

async function* exportImage(address: EngineAddress, path: string): AsyncGenerator<Uint8Array> {
  yield* await callEngineChecked(address, { method: 'GET', path: `${path}/get` });
}

async function writeImage(
  address: EngineAddress,
  reference: string,
  images: readonly Image[],
): Promise<WriteResult> {
  const { digest } = makeParcel(images).root.descriptor;
  if (await tagPresentImage(address, reference, images)) return { digest, reference, writtenBytes: 0 };
  const present = await listPresentLayers(address, images);
  const writtenBytes =
    (present.size > 0
      ? await tryLoad(address, writeArchive(reference, images, { without: present }))
      : undefined) ?? (await load(address, writeArchive(reference, images)));
  return { digest, reference, writtenBytes };
}

/** An engine that does not take an archive without the layers that it has gets the whole one. */
async function tryLoad(address: EngineAddress, archive: AsyncIterable<Uint8Array>) {
  try {
    return await load(address, archive);
  } catch (error) {
    if (error instanceof FactoryError && LAYER_MISSING.test(error.message)) return undefined;
    throw error;
  }
}

/** Returns the bytes sent. */
async function load(address: EngineAddress, archive: AsyncIterable<Uint8Array>): Promise<number> {
  const counted = { sizeBytes: 0 };
  const response = await callEngineChecked(address, {
    method: 'POST',
    path: '/images/load?quiet=1',
    contentType: 'application/x-tar',
    body: countBytes(archive, counted),
  });
  checkLoaded((await collectBytes(response)).toString());
  return counted.sizeBytes;
}

/** The engine answers 200 before it unpacks, and says in a later line that it failed. */
function checkLoaded(text: string): void {
  for (const line of text.split('\n')) {
    const said = line.trim().startsWith('{') ? (JSON.parse(line) as { error?: string }) : {};
    if (said.error === undefined) continue;
    const message = `the Docker engine could not load the image: ${said.error}`;
    if (!DISK_FULL.test(said.error)) throw new FactoryError('STORE_FAILED', message);
    throw new FactoryError('DISK_FULL', message, {
      hint: 'Make room where the engine keeps its images, for instance with: docker image prune',
    });
  }
}

async function listImages(address: EngineAddress): Promise<readonly ImageSummary[]> {
  const response = await callEngineChecked(address, { method: 'GET', path: '/images/json' });
  const listed = (await readJson(response)) as readonly ListedImage[];
  return listed.flatMap((one) =>
    (one.RepoTags ?? []).map((name) => ({
      name,
      digest: one.Id,
      sizeBytes: one.Size,
      created: new Date(one.Created * 1000).toISOString(),
      labels: one.Labels ?? {},
    })),
  );
}

async function* countBytes(chunks: AsyncIterable<Uint8Array>, counted: { sizeBytes: number }) {
  for await (const chunk of chunks) {
    counted.sizeBytes += chunk.length;
    yield chunk;
  }
}
