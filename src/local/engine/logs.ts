// Reads the end of a server's log, for errors and events.
import { open } from 'node:fs/promises';

const MAX_BYTES = 4096;
const MAX_LINES = 5;

/** The last lines of what was written since `start`. */
export async function readLogEnd(path: string, start = 0): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const from = Math.max(start, size - MAX_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, from);
    return quoteEnd(buffer.subarray(0, bytesRead).toString());
  } finally {
    await file.close();
  }
}

/** The lines that say what went wrong, where a server says so; else the last ones. */
export function quoteEnd(text: string): string {
  const lines = text.trim().split('\n');
  const reasons = lines.filter((line) => /\b(FATAL|PANIC|DETAIL|HINT):/.test(line));
  return (reasons.length > 0 ? reasons : lines).slice(-MAX_LINES).join('\n');
}
