// Remembers the folders of programs that were ever named, so that their clusters start again without naming them again.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { replaceFile } from '../store.ts';

/** Named ones must be there; remembered ones that are gone are left out. */
export async function listEngineFolders(enginesDir: string, named: readonly string[]): Promise<string[]> {
  const path = join(enginesDir, 'folders.json');
  for (const folder of named) await checkFolder(folder);
  const remembered = await readFolders(path);
  const folders = [...new Set([...named, ...remembered])];
  if (folders.length > remembered.length) await replaceFile(path, `${JSON.stringify(folders)}\n`);
  const found = await Promise.all(folders.map(hasPostgres));
  return folders.filter((_, index) => found[index]);
}

async function checkFolder(folder: string): Promise<void> {
  if (await hasPostgres(folder)) return;
  throw new FactoryError('ENGINE_MISSING', `there is no program postgres in ${folder}`, {
    hint: 'Name the folder that holds postgres and initdb, such as /usr/lib/postgresql/15/bin.',
  });
}

async function hasPostgres(folder: string): Promise<boolean> {
  return await access(join(folder, 'postgres')).then(
    () => true,
    () => false,
  );
}

async function readFolders(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '[]');
  try {
    const folders: unknown = JSON.parse(text);
    return Array.isArray(folders) ? folders.filter((folder) => typeof folder === 'string') : [];
  } catch {
    return [];
  }
}
