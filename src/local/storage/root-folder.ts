// The folder that volumes are in: made, checked, and open for engines to pass through.
import { access, chmod, constants, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { explainFailure } from './failures.ts';
import { isRoot, type Owner } from './owner.ts';

/** Owners must be able to pass through, but see nothing but what is theirs. Returns the path as the kernel has it. */
export async function prepareFolder(wanted: string, owner: Owner): Promise<string> {
  const root = await makeFolder(wanted);
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder)) {
    if (canEnter(await stat(folder), owner)) continue;
    throw new FactoryError('STORAGE_FAILED', `the user ${owner.uid} of the engines cannot enter ${folder}`, {
      hint: 'Use a data folder below one that everyone may enter, or run: chmod o+x on it.',
    });
  }
  return root;
}

async function makeFolder(root: string): Promise<string> {
  try {
    await mkdir(root, { recursive: true, mode: 0o711 });
    if (isRoot()) await chmod(root, 0o711);
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(root);
  } catch (error) {
    throw explainFailure('opening the folder of volumes', root, error);
  }
}

function canEnter(folder: { mode: number; uid: number; gid: number }, owner: Owner): boolean {
  if (owner.uid === 0) return true;
  if (folder.uid === owner.uid) return (folder.mode & 0o100) !== 0;
  return (folder.mode & (folder.gid === owner.gid ? 0o010 : 0o001)) !== 0;
}
