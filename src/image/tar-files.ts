// Gives the named files of a tar that can be opened again and again, without unpacking it anywhere.
import { FactoryError } from '../errors.ts';
import { yieldOnce } from './chunks.ts';
import { collectBytes } from './digest.ts';
import type { FindFile, LayoutFile } from './layout-files.ts';
import { readTar } from './tar-reader.ts';

export interface TarSource {
  /** The whole archive. */
  open(): AsyncIterable<Uint8Array>;
  /** A part of it, where that is cheaper than to read up to there. */
  openRange?: (offset: number, sizeBytes: number) => AsyncIterable<Uint8Array>;
}

/** Files up to this size are kept from the first pass: manifests, configs, small layers. */
const KEPT_BYTES = 1024 * 1024;
const HARD_LINK = '1';
const SYMLINK = '2';

/** Reads the archive once, to learn what is where. */
export async function openTarFiles(source: TarSource): Promise<FindFile> {
  const files = new Map<string, LayoutFile>();
  const links = new Map<string, string>();
  for await (const entry of readTar(source.open())) {
    const { path, sizeBytes, offset } = entry;
    if (entry.typeFlag === HARD_LINK) links.set(path, entry.target);
    if (entry.typeFlag === SYMLINK) links.set(path, resolvePath(path, entry.target));
    if (entry.typeFlag !== '0') continue;
    if (sizeBytes <= KEPT_BYTES) {
      const bytes = await collectBytes(entry.content);
      files.set(path, { sizeBytes, open: () => yieldOnce(bytes) });
    } else {
      const openRange = source.openRange;
      const open = () => (openRange ? openRange(offset, sizeBytes) : openAgain(source, path));
      files.set(path, { sizeBytes, open });
    }
  }
  return async (path) => files.get(path) ?? files.get(links.get(path) ?? '');
}

async function* openAgain(source: TarSource, path: string): AsyncGenerator<Uint8Array> {
  for await (const entry of readTar(source.open())) {
    if (entry.path !== path) continue;
    yield* entry.content;
    return;
  }
  throw new FactoryError('IMAGE_DAMAGED', `${path} is no longer in the archive`);
}

/** Docker before 25 writes a layer once and leads to it by `../OTHER/layer.tar`. */
function resolvePath(path: string, target: string): string {
  return new URL(target, `file:///${path}`).pathname.slice(1);
}
