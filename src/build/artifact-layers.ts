// The two small layers on top of a base: the program, the same in every artifact, and the artifact itself.
import { readFile } from 'node:fs/promises';
import { FactoryError } from '../errors.ts';
import { type Layer, makeLayer } from '../image/layer.ts';
import { makeFileEntry, makeFolderEntry } from '../image/tar.ts';

export const PROGRAM_PATH = '/app/program.js';
export const ARTIFACT_PATH = '/artifact/artifact.json';

/** One JavaScript file with everything in it, for every architecture. */
export async function makeProgramLayer(programPath: string): Promise<Layer> {
  const program = await readFile(programPath).catch((error: unknown) => {
    throw new FactoryError('OPERATION_FAILED', `the program for the image is not at ${programPath}`, {
      hint: 'Run: npm run build',
      cause: error,
    });
  });
  const entries = [
    makeFolderEntry('app'),
    makeFileEntry('app/package.json', '{"type":"module"}\n'),
    makeFileEntry(PROGRAM_PATH.slice(1), program),
  ];
  return await makeLayer(entries, 'db-artifact program');
}

/** `document` is the artifact as text. */
export async function makeArtifactLayer(document: string): Promise<Layer> {
  const entries = [makeFolderEntry('artifact'), makeFileEntry(ARTIFACT_PATH.slice(1), document)];
  return await makeLayer(entries, 'db-artifact artifact');
}
