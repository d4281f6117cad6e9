// Reads the INI file of an artifact.
import { readFile } from 'node:fs/promises';
import { readSpec } from '../artifact/read-spec.ts';
import type { ArtifactSpec } from '../artifact/spec.ts';
import { FactoryError, getMessage } from '../errors.ts';

export async function readSpecFile(iniPath: string): Promise<ArtifactSpec> {
  const text = await readFile(iniPath, 'utf8').catch((error: unknown) => {
    throw new FactoryError('BAD_CONFIGURATION', `cannot read ${iniPath}: ${getMessage(error)}`, {
      cause: error,
    });
  });
  return readSpec(text, iniPath);
}
