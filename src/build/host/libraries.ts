// Finds the shared libraries that this machine's Node needs, as the loader does.
import { basename, dirname, join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runProgram } from '../../run.ts';
import { getRecord } from '../cached-record.ts';
import { getFilesKey } from '../files-key.ts';
import type { HostFile } from './files.ts';
import { findFirstFile } from './first-file.ts';

/** Opened at run time, so in no program's list; needed where glibc is older than 2.34. */
const NAME_SERVICE_LIBRARIES = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];
const LOADER_LINE = /^\s*(?:(\S+) => )?(\/\S+) \(0x[0-9a-f]+\)$/;

/** Written anew by ldconfig, which packages of libraries run: https://man7.org/linux/man-pages/man8/ldconfig.8.html */
const LOADER_CACHE = '/etc/ld.so.cache';

/** Asked once for a Node and a state of the loader's own cache, which changes with every library that is installed. */
export async function getLibraries(node: string, cacheDir: string): Promise<readonly HostFile[]> {
  const key = await getFilesKey([node, LOADER_CACHE], []).catch(() => undefined);
  if (key === undefined) return await listLibraries(node);
  const record = await getRecord(cacheDir, `host-libraries-${key}`, () => listLibraries(node));
  const isThere = await Promise.all(record.map(({ source }) => findFirstFile([source])));
  return isThere.includes(undefined) ? await listLibraries(node) : record;
}

/** The loader itself says what it would load. All libraries go where it finds libc, whatever the search path is. */
async function listLibraries(node: string): Promise<readonly HostFile[]> {
  const traced = await runProgram(node, [], { env: { LD_TRACE_LOADED_OBJECTS: '1' }, timeoutMs: 10_000 });
  const found = traced.stdout.split('\n').flatMap((line) => {
    const [, name, path] = LOADER_LINE.exec(line) ?? [];
    return path === undefined ? [] : [{ name, path }];
  });
  const libc = found.find(({ name }) => name?.startsWith('libc.so'));
  if (libc === undefined) {
    throw new FactoryError('NOT_SUPPORTED', 'base "host" needs a Node that is linked with glibc', {
      hint: 'Use --base node:22-slim.',
    });
  }
  const folder = dirname(libc.path);
  const services = await Promise.all(
    NAME_SERVICE_LIBRARIES.map((name) => findFirstFile([join(folder, name)])),
  );
  const libraries = [...found.filter(({ name }) => name).map(({ path }) => path), ...services];
  const loaders = found.filter(({ name }) => name === undefined).map(({ path }) => path);
  const targets = new Map(loaders.map((path) => [path, path]));
  for (const path of libraries) if (path) targets.set(join(folder, basename(path)), path);
  return [...targets].map(([target, source]) => ({ source, path: target.slice(1), mode: 0o755 }));
}
