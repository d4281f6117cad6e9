// The credentials that the local RDS accepts: made at its first start, kept in its data folder, readable by its owner.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError, getMessage } from '../../errors.ts';
import { replaceFile } from '../store.ts';
import type { Credentials } from './caller.ts';

export async function openCredentials(dataDir: string): Promise<Credentials> {
  const path = join(dataDir, 'credentials.json');
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined) return parseCredentials(path, found);
  const made = makeCredentials();
  await replaceFile(path, `${JSON.stringify(made, null, 2)}\n`, 0o600);
  return made;
}

/** Formed as AWS forms them, since some programs check; `LOCL` tells a person where they belong. */
function makeCredentials(): Credentials {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const random = [...randomBytes(12)].map((byte) => letters[byte % 32]).join('');
  return { accessKeyId: `AKIALOCL${random}`, secretAccessKey: randomBytes(30).toString('base64') };
}

function parseCredentials(path: string, content: string): Credentials {
  try {
    const { accessKeyId, secretAccessKey } = JSON.parse(content) as Partial<Credentials>;
    if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  } catch (error) {
    throw damaged(path, getMessage(error));
  }
  throw damaged(path, 'it holds no credentials');
}

function damaged(path: string, why: string): FactoryError {
  return new FactoryError('STATE_DAMAGED', `cannot read the state file ${path}: ${why}`, {
    hint: 'Remove it: new credentials are made, and `db-artifact local up` writes them to the profile.',
  });
}
