// The base `host`: a root file system made of this machine's own Node. Its layer is large and rarely changes, so
// it is kept in the cache, found by the names, sizes and times of the files it is made of.
import type { Image } from '../../image/image.ts';
import { makeImage } from '../../image/make-image.ts';
import { getHostPlatform } from '../../image/platform.ts';
import { getCachedLayer } from '../cached-layer.ts';
import { getRecord } from '../cached-record.ts';
import { getFilesKey } from '../files-key.ts';
import { HOST_PATH, listHostFiles, makeHostEntries } from './files.ts';
import { type HostContents, listHostContents } from './packages.ts';

export interface HostBaseOptions {
  readonly cacheDir: string;
  readonly created: string;
  /** Without the symbol tables of Node: 13 % smaller, and no longer the file that was published. */
  readonly isStripped: boolean;
}

const CREATED_BY = 'Node.js of the machine that built the image';
/** Raised when the layer's content changes though the files are the same. */
const RECIPE_VERSION = 4;

export interface HostBase {
  readonly image: Image;
  readonly contents: HostContents;
}

export async function makeHostBase({ cacheDir, created, isStripped }: HostBaseOptions): Promise<HostBase> {
  const files = await listHostFiles(cacheDir);
  const key = await getFilesKey(
    files.map(({ source }) => source),
    [RECIPE_VERSION, process.versions.zlib, isStripped, files.map(({ path }) => path)],
  );
  const [layer, contents] = await Promise.all([
    getCachedLayer({
      cacheDir,
      key: `host-${key}`,
      createdBy: CREATED_BY,
      makeEntries: () => makeHostEntries(files, isStripped),
    }),
    getRecord(cacheDir, `host-contents-${key}`, () => listHostContents(files)),
  ]);
  const run = { Env: [`PATH=${HOST_PATH}`] };
  return { image: makeImage({ layers: [layer], platform: getHostPlatform(), run, created }), contents };
}
