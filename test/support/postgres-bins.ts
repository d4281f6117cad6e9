// PostgreSQL installations of the system, which stand beside the one from npm in the tests.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

export function findSystemBins(): string[] {
  if (!existsSync(DEBIAN)) return [];
  const folders = readdirSync(DEBIAN).map((version) => join(DEBIAN, version, 'bin'));
  return folders.filter((folder) => existsSync(join(folder, 'postgres')) && !folder.includes('/18/'));
}
