// Folders for one test, where every user may pass through.
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

export async function makeTestFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'db-artifact-test-'));
  await chmod(path, 0o711);
  return {
    path,
    [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }),
  };
}

export async function makeSubfolder(folder: TestFolder, name: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path, { recursive: true, mode: 0o711 });
  return path;
}
