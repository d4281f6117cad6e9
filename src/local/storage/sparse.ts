// Copies the bytes of a file, holes left out, and shares no block with it.
import { copyFile, open, stat } from 'node:fs/promises';

const CHUNK_BYTES = 1 << 20;

/** Keeps the mode. copyFile is one call into the kernel, but fills holes. */
export async function copySparse(from: string, to: string): Promise<void> {
  const { size, blocks } = await stat(from);
  if (blocks * 512 >= size) await copyFile(from, to);
  else await copyBytes(from, to);
}

/** By reading and writing: copyFile may share blocks where the file system can. */
export async function copyBytes(from: string, to: string): Promise<void> {
  await using source = await open(from, 'r');
  await using target = await open(to, 'w');
  const { mode } = await source.stat();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = 0;
  while (true) {
    const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) break;
    const bytes = chunk.subarray(0, bytesRead);
    if (!isZero(bytes)) await writeAll(target, bytes, position);
    position += bytesRead;
  }
  await target.truncate(position);
  await target.chmod(mode & 0o7777);
}

async function writeAll(
  target: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const rest = bytes.length - written;
    written += (await target.write(bytes, written, rest, position + written)).bytesWritten;
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1));
}
