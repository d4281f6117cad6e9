// Small facts that are dear to find out, kept as JSON files in the cache, and the end of what is no longer used there.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepBlobs } from '../image/blob-folder.ts';
import { getAgeMs, markUsed } from '../image/checked-mark.ts';
import type { Descriptor } from '../image/image.ts';

const SUFFIX = '.json';
const UNUSED_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** Undefined where there is none, or a torn one: then it is made again. */
export async function findRecord<T>(cacheDir: string, key: string): Promise<T | undefined> {
  const path = join(cacheDir, `${key}${SUFFIX}`);
  const found = await readJson<T>(path);
  if (found !== undefined) await markUsed(path);
  return found;
}

export async function writeRecord(cacheDir: string, key: string, record: object): Promise<void> {
  const path = join(cacheDir, `${key}${SUFFIX}`);
  await mkdir(cacheDir, { recursive: true });
  const temporary = `${path}.${process.pid}.temporary`;
  await writeFile(temporary, JSON.stringify(record));
  await rename(temporary, path);
}

export async function getRecord<T extends object>(
  cacheDir: string,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const found = await findRecord<T>(cacheDir, key);
  if (found !== undefined) return found;
  const made = await make();
  await writeRecord(cacheDir, key, made);
  return made;
}

/** Called where something was added: what nobody has used for a week goes, such as the layer of an older Node.js. */
export async function sweepCache(cacheDir: string, blobFolder: string): Promise<void> {
  const needed = new Set<string>();
  for (const name of await readdir(cacheDir)) {
    const path = join(cacheDir, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !found.isFile()) continue;
    const isOld = getAgeMs(found) > UNUSED_AFTER_MS;
    if (isOld) await rm(path, { force: true });
    const record = isOld ? undefined : await readJson<{ descriptor?: Descriptor }>(path);
    if (record?.descriptor !== undefined) needed.add(record.descriptor.digest);
  }
  await sweepBlobs(blobFolder, (digest) => needed.has(digest));
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
