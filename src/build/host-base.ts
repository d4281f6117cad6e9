// The base `host`: a root file system made of this machine's own Node. Its layer is large and rarely changes, so
// it is kept in the cache, found by the names, sizes and times of the files it is made of.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findStoredBlob } from '../image/blob-folder.ts';
import type { Descriptor, Image } from '../image/image.ts';
import { type Layer, writeLargeLayer } from '../image/layer.ts';
import { makeImage } from '../image/make-image.ts';
import { getHostPlatform } from '../image/platform.ts';
import { HOST_PATH, type HostFile, listHostFiles, makeHostEntries } from './host-files.ts';

export interface HostBaseOptions {
  readonly cacheDir: string;
  readonly created: string;
  /** Without the symbol tables of Node: 13 % smaller, and no longer the file that was published. */
  readonly isStripped: boolean;
}

interface CachedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

const CREATED_BY = 'Node.js of the machine that built the image';
/** Raised when the layer's content changes though the files are the same. */
const RECIPE_VERSION = 1;

export async function makeHostBase(options: HostBaseOptions): Promise<Image> {
  const layer = await getHostLayer(options);
  const run = { Env: [`PATH=${HOST_PATH}`] };
  return makeImage({ layers: [layer], platform: getHostPlatform(), run, created: options.created });
}

async function getHostLayer(options: HostBaseOptions): Promise<Layer> {
  const files = await listHostFiles();
  const blobFolder = join(options.cacheDir, 'blobs', 'sha256');
  const record = join(options.cacheDir, `host-${await getKey(files, options.isStripped)}.json`);
  const cached = await findCachedLayer(record);
  const blob = cached && (await findStoredBlob(blobFolder, cached.descriptor));
  if (cached && blob) return { blob, diffId: cached.diffId, createdBy: CREATED_BY };
  const entries = await makeHostEntries(files, options.isStripped);
  const layer = await writeLargeLayer(entries, CREATED_BY, blobFolder);
  await writeCachedLayer(record, { descriptor: layer.blob.descriptor, diffId: layer.diffId });
  return layer;
}

async function getKey(files: readonly HostFile[], isStripped: boolean): Promise<string> {
  const states = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs, ctimeMs, ino } = await stat(file.source);
      return [file.source, file.path, size, mtimeMs, ctimeMs, ino];
    }),
  );
  const content = JSON.stringify([RECIPE_VERSION, process.versions.zlib, isStripped, states]);
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

/** A record that is missing or torn means that the layer is made again. */
async function findCachedLayer(record: string): Promise<CachedLayer | undefined> {
  try {
    return JSON.parse(await readFile(record, 'utf8')) as CachedLayer;
  } catch {
    return undefined;
  }
}

async function writeCachedLayer(record: string, layer: CachedLayer): Promise<void> {
  await mkdir(join(record, '..'), { recursive: true });
  const temporary = `${record}.${process.pid}.temporary`;
  await writeFile(temporary, JSON.stringify(layer));
  await rename(temporary, record);
}
