// Tells files apart from what they were before, without reading them: for what the cache keeps of them.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';

/** Of their names, sizes and times; whoever writes to one of them changes its key. `more`: what else goes in. */
export async function getFilesKey(paths: readonly string[], more: readonly unknown[]): Promise<string> {
  const states = await Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs, ctimeMs, ino } = await stat(path);
      return [path, size, mtimeMs, ctimeMs, ino];
    }),
  );
  const content = JSON.stringify([...more, states]);
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
