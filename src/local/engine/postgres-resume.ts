// Makes a server that was killed while it recovered a live copy able to begin again. PostgreSQL puts the label of the copy
// aside before it recovers, and without it refuses to go on: "WAL ends before end of online backup".
// https://github.com/postgres/postgres/blob/master/src/backend/access/transam/xlog.c, StartupXLOG
import { access, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerPlace } from './engine.ts';
import { parseControl } from './postgres-control.ts';

const LABEL = 'backup_label';
const PUT_ASIDE = 'backup_label.old';

/** Before a start. Recovery from the label on can be done any number of times; a label of earlier days must be gone. */
export async function resumeRecovery({ stateDir, follows }: ServerPlace): Promise<void> {
  const [label, putAside] = [join(stateDir, LABEL), join(stateDir, PUT_ASIDE)];
  // A reader is in recovery all its life, and goes on from its last restart point.
  if (follows || !(await isThere(putAside)) || (await isThere(label))) return;
  const { isRecovering } = parseControl(await readFile(join(stateDir, 'global', 'pg_control')));
  if (isRecovering) await rename(putAside, label);
  else await rm(putAside, { force: true });
}

/** The server is up: should it crash, it recovers from its own last checkpoint. */
export async function forgetLabel({ stateDir }: ServerPlace): Promise<void> {
  await rm(join(stateDir, PUT_ASIDE), { force: true });
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
