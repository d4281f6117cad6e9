// Folders for one test, where every user may pass through.
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../src/run.ts';

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

export async function makeTestFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'db-artifact-test-'));
  await chmod(path, 0o711);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await openUp(path);
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export async function makeSubfolder(folder: TestFolder, name: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(path, { recursive: true, mode: 0o711 });
  return path;
}

/** Work folders of overlay mounts have the mode 000, and goldens of btrfs are read-only. */
async function openUp(path: string): Promise<void> {
  const makeWritable = '[ -d "$0" ] && btrfs property set -ts "$0" ro false';
  const volumes = join(path, 'volumes');
  for (const name of await readdir(volumes).catch(() => [])) {
    await runProgram('sh', ['-c', makeWritable, join(volumes, name, 'data')], { env: process.env });
  }
  await runProgram('chmod', ['-R', 'u+rwx', path], { env: process.env });
}
