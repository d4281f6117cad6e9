// A folder for secrets that a container is lent, which goes with this process; what a killed one left goes with the next.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../image/file-lock.ts';

const PREFIX = 'db-artifact-run-';
/** A process of another container is not seen from here, so a young folder may have an owner. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

export async function makeSecretFolder(parent = tmpdir()): Promise<string> {
  await removeAbandoned(parent);
  return await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
}

async function removeAbandoned(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(PREFIX))) {
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    const isOld = found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS;
    const isOurs = found?.uid === process.getuid?.();
    if (isOld && isOurs && !isRunning(Number.parseInt(name.slice(PREFIX.length), 10))) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
