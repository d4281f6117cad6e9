// Copies the files that a server reads at once byte by byte, out of memory into memory. Blocks that are shared on the disk
// are not shared in the cache of the system: a fork would read each of them from the disk, page after page.
import { closeSync, constants, fchownSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { isRoot, type Owner } from './owner.ts';

/** Beyond it a few pages from the disk are cheaper. */
const MOST_BYTES_EACH = 1024 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;

/** False when the file is not there, or not worth it. What is at `to` is replaced. */
export type CopyFirstRead = (from: string, to: string) => boolean;

/** For the files of one fork. In one go: some forty small files take 3 ms so, and 15 when each step waits for its turn. */
export function makeFirstReads(owner: Owner): CopyFirstRead {
  const buffer = Buffer.allocUnsafe(MOST_BYTES_EACH);
  let leftBytes = MOST_BYTES;
  return (from, to) => {
    const source = openOrNot(from);
    if (source === undefined) return false;
    try {
      const found = fstatSync(source);
      const { size, mode } = found;
      if (!found.isFile() || size > MOST_BYTES_EACH || size > leftBytes) return false;
      leftBytes -= size;
      writeOwned(owner, to, mode & 0o7777, buffer.subarray(0, readSync(source, buffer, 0, size, 0)));
      return true;
    } finally {
      closeSync(source);
    }
  };
}

/** A whiteout, the device of nothing, cannot be opened. */
function openOrNot(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

function writeOwned(owner: Owner, path: string, mode: number, bytes: Buffer): void {
  const target = openSync(path, 'w', mode);
  try {
    writeSync(target, bytes);
    if (isRoot()) fchownSync(target, owner.uid, owner.gid);
  } finally {
    closeSync(target);
  }
}
