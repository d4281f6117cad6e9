// The publisher's Liquibase for tests: LIQUIBASE_HOME, PATH or the npm package, and what an artifact would hold of it.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { collectChangelog } from '../../src/build/liquibase/collect-changelog.ts';
import {
  type LiquibaseFile,
  listChangelogFiles,
  listLiquibaseJars,
} from '../../src/build/liquibase/files.ts';
import { findLiquibase, type LiquibaseInstallation } from '../../src/build/liquibase/find-liquibase.ts';
import type { LiquibaseOptions } from '../../src/converge/schema/liquibase.ts';
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

export type RealOptions = Pick<LiquibaseOptions, 'changelogPath' | 'parameters' | 'database'>;

/** The whole installation with all its jars, from the folder that the documentation names. */
export async function runReal(command: string, folder: string, options: RealOptions): Promise<string> {
  const { jarFolder } = await getLiquibase();
  const { host, port, user, password, database, family } = options.database;
  const scheme = family === 'postgres' ? 'postgresql' : 'mariadb';
  const args = [
    ...[
      ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-cp', `${jarFolder}/*`],
      'liquibase.integration.commandline.LiquibaseCommandLine',
      '--show-banner=false',
    ],
    ...[command, ...(command === 'status' ? ['--verbose'] : []), `--changelog-file=${options.changelogPath}`],
    ...[`--url=jdbc:${scheme}://${host}:${port}/${database}`, `--username=${user}`, '--contexts=test'],
    ...Object.entries(options.parameters).map(([name, value]) => `-D${name}=${value}`),
  ];
  const env = {
    PATH: process.env['PATH'],
    LIQUIBASE_COMMAND_PASSWORD: password,
    LIQUIBASE_ANALYTICS_ENABLED: 'false',
  };
  const { stdout } = await promisify(execFile)('java', args, { cwd: folder, env });
  return stdout.replace(/^Starting.*$/gm, '').replaceAll(String(database), 'DATABASE');
}
