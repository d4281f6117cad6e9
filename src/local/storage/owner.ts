// Who owns the files of volumes: the user that engines run as, which is another one when we are root.
import { lchownSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Only root can give files away; anyone else makes them as the owner in the first place. */
export function giveTo(owner: Owner, path: string): void {
  if (isRoot()) lchownSync(path, owner.uid, owner.gid);
}

/** A directory of the owner's; `mode` holds whatever the umask says. */
export async function makeOwnedFolder(owner: Owner, path: string, mode = 0o700): Promise<void> {
  await mkdir(path, { mode, recursive: true });
  await chmod(path, mode);
  giveTo(owner, path);
}
