// The base `host`: a root file system made of this machine's own Node. Its layer is large and rarely changes, so
// it is kept in the cache, found by the names, sizes and times of the files it is made of.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Image } from '../image/image.ts';
import type { Layer } from '../image/layer.ts';
import { makeImage } from '../image/make-image.ts';
import { getHostPlatform } from '../image/platform.ts';
import { getCachedLayer } from './cached-layer.ts';
import { HOST_PATH, type HostFile, listHostFiles, makeHostEntries } from './host-files.ts';

export interface HostBaseOptions {
  readonly cacheDir: string;
  readonly created: string;
  /** Without the symbol tables of Node: 13 % smaller, and no longer the file that was published. */
  readonly isStripped: boolean;
}

const CREATED_BY = 'Node.js of the machine that built the image';
/** Raised when the layer's content changes though the files are the same. */
const RECIPE_VERSION = 1;

export async function makeHostBase(options: HostBaseOptions): Promise<Image> {
  const layer = await getHostLayer(options);
  const run = { Env: [`PATH=${HOST_PATH}`] };
  return makeImage({ layers: [layer], platform: getHostPlatform(), run, created: options.created });
}

async function getHostLayer({ cacheDir, isStripped }: HostBaseOptions): Promise<Layer> {
  const files = await listHostFiles();
  return await getCachedLayer({
    cacheDir,
    key: `host-${await getKey(files, isStripped)}`,
    createdBy: CREATED_BY,
    makeEntries: () => makeHostEntries(files, isStripped),
  });
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
