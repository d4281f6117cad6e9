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

export type MeasureTree = (folder: string) => Promise<VolumeSize>;

/** Own bytes are those in blocks that no other file has; without filefrag all of them, shared or not. */
export function makeMeasureTree(env: NodeJS.ProcessEnv): MeasureTree {
  const readOwnBytes = makeOwnBytesReader(async (paths) => await runFilefrag(['-v', ...paths], env));
  return async (folder) => {
    const paths = (await readTree(folder)).files.map((path) => join(folder, path));
    const [size, ownBytes] = await Promise.all([measureFiles(paths), readOwnBytes(paths)]);
    return { ...size, ownBytes: ownBytes ?? size.ownBytes };
  };
}

interface Asked {
  readonly paths: readonly string[];
  readonly answer: (ownBytes: number | undefined) => void;
}

/** Whoever asks while the program runs is answered by its next run, together with all others: starting it is what costs. */
export function makeOwnBytesReader(
  run: (paths: readonly string[]) => Promise<string | undefined>,
): (paths: readonly string[]) => Promise<number | undefined> {
  let waiting: Asked[] = [];
  let isRunning = false;
  const answerAll = async (asked: readonly Asked[]): Promise<void> => {
    const paths = asked.flatMap((one) => one.paths);
    const ownBytes = new Map<string, number>();
    for (let start = 0; start < paths.length; start += FILES_PER_RUN) {
      const said = await run(paths.slice(start, start + FILES_PER_RUN));
      if (said === undefined) return asked.forEach(({ answer }) => void answer(undefined));
      for (const [path, bytes] of listOwnBytes(said)) ownBytes.set(path, bytes);
    }
    for (const one of asked) {
      one.answer(one.paths.reduce((sum, path) => sum + (ownBytes.get(path) ?? 0), 0));
    }
  };
  const work = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      await answerAll(asked);
    }
    isRunning = false;
  };
  return async (paths) =>
    await new Promise((resolve) => {
      waiting.push({ paths, answer: resolve });
      if (!isRunning) void work();
    });
}

export async function measureBlocks(folder: string): Promise<VolumeSize> {
  return await measureFiles((await readTree(folder)).files.map((path) => join(folder, path)));
}

async function measureFiles(paths: readonly string[]): Promise<VolumeSize> {
  let ownBytes = 0;
  let apparentBytes = 0;
  await forEachOf(paths, async (path) => {
    const { blocks, size } = await lstat(path).catch(() => ({ blocks: 0, size: 0 }));
    ownBytes += blocks * 512;
    apparentBytes += size;
  });
  return { ownBytes, apparentBytes };
}

const EXTENT = /^\s*\d+:\s*(\d+)\.\.\s*(\d+):\s*\d+\.\.\s*\d+:\s*(\d+):(.*)$/;

/** Sums the extents without the flag `shared` of every file in the output of `filefrag -v`. */
export function listOwnBytes(said: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let path = '';
  let blockBytes = 4096;
  for (const line of said.split('\n')) {
    const header = /^File size of (.*) is \d+ \(\d+ blocks? of (\d+) bytes\)$/.exec(line);
    if (header) {
      path = header[1] ?? '';
      blockBytes = Number(header[2]);
    }
    const [, first, last, length, flags = ''] = EXTENT.exec(line) ?? [];
    if (length === undefined || /\bshared\b/.test(flags)) continue;
    found.set(
      path,
      (found.get(path) ?? 0) + countBytes(flags, Number(last) - Number(first) + 1, length, blockBytes),
    );
  }
  return found;
}

/** What is not on the disk yet has no length there; btrfs counts what is inside an inode in bytes. */
function countBytes(flags: string, logicalBlocks: number, length: string, blockBytes: number): number {
  if (/\binline\b/.test(flags)) return blockBytes;
  return (/\bdelalloc\b/.test(flags) ? logicalBlocks : Number(length)) * blockBytes;
}

/** Files that vanish meanwhile make filefrag complain, and nothing else. */
async function runFilefrag(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const result = await runProgram('filefrag', args, { env }).catch(() => undefined);
  return result?.stdout;
}
