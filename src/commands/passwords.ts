// Keeps the passwords of copies that this machine made: one file each, readable by its owner alone, so that `url`,
// `env` and `psql` can show them. Named by the resource id, which RDS never uses again.
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConvergeResult } from '../converge/request.ts';
import { FactoryError, wrapError } from '../errors.ts';

export async function keepPassword(copiesDir: string, resourceId: string, password: string): Promise<void> {
  const path = getPasswordPath(copiesDir, resourceId);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(copiesDir, { recursive: true, mode: 0o700 });
    await chmod(copiesDir, 0o700);
    await writeFile(temporary, password, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw wrapError(`keeping the password in ${path}`, error, 'STORE_FAILED');
  }
}

/** One that Secrets Manager keeps stays there. */
export async function keepOwnPassword(
  copiesDir: string,
  { copy, connection }: Pick<ConvergeResult, 'copy' | 'connection'>,
): Promise<void> {
  const { password, secretArn } = connection;
  if (secretArn === undefined && password !== undefined) {
    await keepPassword(copiesDir, copy.resourceId, password);
  }
}

export async function findPassword(copiesDir: string, resourceId: string): Promise<string | undefined> {
  const path = getPasswordPath(copiesDir, resourceId);
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw wrapError(`reading the password in ${path}`, error, 'STORE_FAILED');
  });
}

export async function forgetPassword(copiesDir: string, resourceId: string): Promise<void> {
  await rm(getPasswordPath(copiesDir, resourceId), { force: true });
}

function getPasswordPath(copiesDir: string, resourceId: string): string {
  if (!/^[A-Za-z0-9-]+$/.test(resourceId)) {
    throw new FactoryError('BUG', `a resource id cannot be ${JSON.stringify(resourceId)}`);
  }
  return join(copiesDir, `${resourceId}.password`);
}
