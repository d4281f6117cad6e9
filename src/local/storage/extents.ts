// What files really take on the disk: the blocks they share with others count for nobody.
// filefrag asks the file system by FIEMAP, which Node cannot.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../run.ts';
import type { VolumeSize } from './driver.ts';
import { forEachOf, readTree } from './tree.ts';

const FILES_PER_RUN = 500;

/** Zero when it cannot be told. */
export async function countExtents(path: string, env: NodeJS.ProcessEnv): Promise<number> {
  const said = await runFilefrag([path], env);
  return Number(/: (\d+) extents? found/.exec(said ?? '')?.[1] ?? 0);
}

/** Own bytes are those in blocks that no other file has; without filefrag all of them, shared or not. */
export async function measureTree(folder: string, env: NodeJS.ProcessEnv): Promise<VolumeSize> {
  const size = await measureBlocks(folder);
  const paths = (await readTree(folder)).files.map((path) => join(folder, path));
  let ownBytes = 0;
  for (let start = 0; start < paths.length; start += FILES_PER_RUN) {
    const said = await runFilefrag(['-v', ...paths.slice(start, start + FILES_PER_RUN)], env);
    if (said === undefined) return size;
    ownBytes += sumOwnBytes(said);
  }
  return { ...size, ownBytes };
}

export async function measureBlocks(folder: string): Promise<VolumeSize> {
  let ownBytes = 0;
  let apparentBytes = 0;
  await forEachOf((await readTree(folder)).files, async (path) => {
    const { blocks, size } = await lstat(join(folder, path)).catch(() => ({ blocks: 0, size: 0 }));
    ownBytes += blocks * 512;
    apparentBytes += size;
  });
  return { ownBytes, apparentBytes };
}

const EXTENT = /^\s*\d+:\s*(\d+)\.\.\s*(\d+):\s*\d+\.\.\s*\d+:\s*(\d+):(.*)$/;

/** Sums the extents without the flag `shared` in the output of `filefrag -v`. */
export function sumOwnBytes(said: string): number {
  let blockBytes = 4096;
  let bytes = 0;
  for (const line of said.split('\n')) {
    blockBytes = Number(/blocks? of (\d+) bytes/.exec(line)?.[1] ?? blockBytes);
    const [, first, last, length, flags = ''] = EXTENT.exec(line) ?? [];
    if (length === undefined || /\bshared\b/.test(flags)) continue;
    // What is not on the disk yet has no length there; btrfs counts what is inside an inode in bytes.
    if (/\binline\b/.test(flags)) bytes += blockBytes;
    else if (/\bdelalloc\b/.test(flags)) bytes += (Number(last) - Number(first) + 1) * blockBytes;
    else bytes += Number(length) * blockBytes;
  }
  return bytes;
}

/** Files that vanish meanwhile make filefrag complain, and nothing else. */
async function runFilefrag(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const result = await runProgram('filefrag', args, { env }).catch(() => undefined);
  return result?.stdout;
}
