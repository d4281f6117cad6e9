// Who engines run as: PostgreSQL refuses root, so root hands its servers to a user without rights.
import { constants } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { FactoryError } from '../../errors.ts';

export interface EngineUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** This process is root and acts for the user. */
  readonly isOther: boolean;
}

/** As root: `postgres` where there is one, else `nobody`. Anyone else: themselves. */
export async function findEngineUser(): Promise<EngineUser> {
  if (process.getuid?.() !== 0) return { ...findOurselves(), isOther: false };
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (name && uid !== undefined && gid !== undefined) {
      return { name, uid: Number(uid), gid: Number(gid), isOther: true };
    }
  }
  throw new FactoryError('ENGINE_FAILED', 'PostgreSQL does not run as root, and there is no other user', {
    hint: 'Run as a normal user, or make a user named postgres.',
  });
}

/** The user of this process; PostgreSQL too needs it to have a name. */
export function findOurselves(): { name: string; uid: number; gid: number } {
  try {
    const { username, uid, gid } = userInfo();
    return { name: username, uid, gid };
  } catch (error) {
    throw new FactoryError('ENGINE_FAILED', `user ${process.getuid?.()} has no name on this machine`, {
      hint: 'PostgreSQL needs one: add the user to /etc/passwd.',
      cause: error,
    });
  }
}

/** What run.ts needs to run a program as the engine's user. */
export function pickIds(user: EngineUser): { uid?: number; gid?: number } {
  return user.isOther ? { uid: user.uid, gid: user.gid } : {};
}

export async function giveToUser(user: EngineUser, path: string): Promise<void> {
  if (user.isOther) await chown(path, user.uid, user.gid);
}

/** Readers see the old content or the new. */
export async function writeOwned(user: EngineUser, path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  await file.writeFile(content).finally(() => file.close());
  await giveToUser(user, temporary);
  await rename(temporary, path);
}

/** A folder that nobody but the engine's user (and root) can enter. */
export async function makePrivateFolder(user: EngineUser, path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  await giveToUser(user, path);
}

/** The engine's user must be able to enter every folder on the way. */
export async function checkReachable(user: EngineUser, path: string): Promise<void> {
  if (!user.isOther) return;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { uid, gid, mode } = await stat(folder);
    const needed =
      uid === user.uid ? constants.S_IXUSR : gid === user.gid ? constants.S_IXGRP : constants.S_IXOTH;
    if ((mode & needed) === 0) {
      throw new FactoryError(
        'ENGINE_FAILED',
        `user ${user.name}, who runs the databases, cannot enter ${folder}`,
        {
          hint: `Choose a data folder elsewhere, or permit it: chmod o+x ${folder}`,
        },
      );
    }
    if (folder === dirname(folder)) return;
  }
}
