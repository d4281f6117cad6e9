// The publisher's Liquibase for tests: LIQUIBASE_HOME, PATH or the npm package, and what an artifact would hold of it.
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { collectChangelog } from '../../src/build/collect-changelog.ts';
import { findLiquibase, type LiquibaseInstallation } from '../../src/build/find-liquibase.ts';
import {
  type LiquibaseFile,
  listChangelogFiles,
  listLiquibaseJars,
} from '../../src/build/liquibase-files.ts';
import { projectFolder } from './sources.ts';

export async function getLiquibase(): Promise<LiquibaseInstallation> {
  return await findLiquibase({ env: process.env, folder: projectFolder });
}

export async function findLiquibaseProblem(): Promise<string | undefined> {
  if (!(process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'java'))))
    return 'no java on PATH';
  return await getLiquibase().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

export async function listFiles(
  family: 'postgres' | 'mysql',
  folder: string,
  changelog: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<readonly LiquibaseFile[]> {
  const { files } = await collectChangelog(folder, changelog, parameters);
  return [...(await listLiquibaseJars(await getLiquibase(), family)), ...listChangelogFiles(folder, files)];
}

/** As the artifact's Liquibase folder would be unpacked. */
export function unpack(home: string, files: readonly LiquibaseFile[]): void {
  for (const { source, path } of files) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    cpSync(source, join(home, path));
  }
}
