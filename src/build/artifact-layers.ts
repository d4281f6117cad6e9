// The two small layers on top of a base: the program, the same in every artifact, and the artifact itself.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FactoryError } from '../errors.ts';
import { type Layer, makeLayer } from '../image/layer.ts';
import { makeFileEntry, makeFolderEntry } from '../image/tar.ts';
import { getCachedLayer } from './cached-layer.ts';
import { getFilesKey } from './files-key.ts';

export const PROGRAM_PATH = '/app/program.js';
export const ARTIFACT_PATH = '/artifact/artifact.json';
/** With `lib`, `changelog` and perhaps `java`, in layers of their own; only where there is a changelog. */
export const LIQUIBASE_HOME = '/liquibase';

/** Raised when the layer's bytes change though the program is the same. */
const RECIPE_VERSION = 3;

/** One JavaScript file with everything in it, for every architecture. Compressed once. */
export async function makeProgramLayer(programPath: string, cacheDir: string): Promise<Layer> {
  try {
    return await getCachedLayer({
      cacheDir,
      key: `program-${await getFilesKey([programPath], [RECIPE_VERSION])}`,
      createdBy: 'db-artifact program',
      makeEntries: async () => [
        makeFolderEntry('app'),
        makeFileEntry('app/package.json', '{"type":"module"}\n'),
        makeFileEntry(PROGRAM_PATH.slice(1), await readFile(programPath)),
      ],
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).path !== programPath) throw error;
    throw new FactoryError('OPERATION_FAILED', `the program for the image is not at ${programPath}`, {
      hint: 'Run: npm run build',
      cause: error,
    });
  }
}

/** `document` is the artifact as text; `files` lie beside it, by name. */
export async function makeArtifactLayer(
  document: string,
  files: ReadonlyMap<string, string>,
): Promise<Layer> {
  const folder = dirname(ARTIFACT_PATH).slice(1);
  const beside = [...files].map(([name, text]) => makeFileEntry(`${folder}/${name}`, text));
  const entries = [makeFolderEntry(folder), makeFileEntry(ARTIFACT_PATH.slice(1), document), ...beside];
  return await makeLayer(entries, 'db-artifact artifact');
}
