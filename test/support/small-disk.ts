// A small disk for tests that fill it; needs root.
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecked } from '../../src/run.ts';

/** `size` as mount takes it, such as `500m`. */
export async function mountSmallDisk(
  path: string,
  size: string,
): Promise<AsyncDisposable & { path: string }> {
  await mkdir(path);
  await runChecked('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=711`, 'tmpfs', path], {
    env: process.env,
  });
  return {
    path,
    async [Symbol.asyncDispose]() {
      await runChecked('umount', ['-l', path], { env: process.env });
    },
  };
}

export async function fillUp(path: string, leaveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  await writeFile(join(path, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
}
