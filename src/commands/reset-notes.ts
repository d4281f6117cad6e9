// Notes of resets that are under way: what the copy was before it was removed, so that the same command goes on after
// a kill, with the same port, owner and end. One file for each copy, beside the passwords; no secrets.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AwsConnection } from '../aws/connect.ts';
import type { Copy } from '../converge/copy.ts';
import { wrapError } from '../errors.ts';

type Place = Pick<AwsConnection, 'rdsUrl'>;

interface ResetNote {
  /** Copies of one name may be in several places. */
  readonly rdsUrl: string;
  readonly copy: Copy;
}

export async function keepResetNote(copiesDir: string, { rdsUrl }: Place, copy: Copy): Promise<void> {
  const path = getNotePath(copiesDir, copy.name);
  const note: ResetNote = { rdsUrl: rdsUrl.href, copy };
  try {
    await mkdir(copiesDir, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.tmp`, JSON.stringify(note), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  } catch (error) {
    throw wrapError(`noting the reset in ${path}`, error, 'STORE_FAILED');
  }
}

/** The copy as it was when a reset of it began that has not ended. */
export async function findResetNote(
  copiesDir: string,
  { rdsUrl }: Place,
  name: string,
): Promise<Copy | undefined> {
  if (!/^[A-Za-z0-9-]+$/.test(name)) return undefined;
  const text = await readFile(getNotePath(copiesDir, name), 'utf8').catch(() => undefined);
  const note = text === undefined ? undefined : (JSON.parse(text) as ResetNote);
  return note?.rdsUrl === rdsUrl.href ? note.copy : undefined;
}

export async function forgetResetNote(copiesDir: string, name: string): Promise<void> {
  await rm(getNotePath(copiesDir, name), { force: true });
}

function getNotePath(copiesDir: string, name: string): string {
  return join(copiesDir, `${name.toLowerCase()}.reset`);
}
