// What of Liquibase goes into an artifact with a changelog: jars, a small Java runtime, the changelog's files. Each is
// a list for a layer of its own, rarely changing first.
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runChecked } from '../../run.ts';
import type { LiquibaseInstallation } from './find-liquibase.ts';

/** A file of this machine and where it goes below the artifact's Liquibase folder. */
export interface LiquibaseFile {
  readonly source: string;
  readonly path: string;
  readonly mode: number;
}

const JARS = ['liquibase-core', 'snakeyaml', 'commons-io', 'commons-lang3', 'opencsv', 'picocli'];
const DRIVERS = { postgres: 'postgresql', mysql: 'mariadb-java-client' } as const;
/** What jdeps finds in the jars, and what JDBC needs at run time: TLS with elliptic curves, Kerberos, zones. */
const MODULES = [
  'java.base',
  'java.desktop',
  'java.logging',
  'java.management',
  'java.naming',
  'java.scripting',
  'java.security.jgss',
  'java.security.sasl',
  'java.sql',
  'java.transaction.xa',
  'java.xml',
  'jdk.crypto.ec',
  'jdk.zipfs',
];
/** For jlink itself: it runs too briefly for the optimising compiler to pay off. */
const JLINK_FLAGS = ['-J-XX:TieredStopAtLevel=1', '-J-XX:+UseSerialGC'];

export async function listLiquibaseJars(
  installation: LiquibaseInstallation,
  family: keyof typeof DRIVERS,
): Promise<readonly LiquibaseFile[]> {
  const files = [...JARS, DRIVERS[family]].map((name) => ({
    source: join(installation.jarFolder, `${name}.jar`),
    path: `lib/${name}.jar`,
    mode: 0o644,
  }));
  for (const { source } of files) {
    await access(source).catch((error: unknown) => {
      throw new FactoryError('BAD_CONFIGURATION', `the Liquibase in ${installation.home} lacks ${source}`, {
        cause: error,
      });
    });
  }
  return files;
}

export function listChangelogFiles(folder: string, files: readonly string[]): readonly LiquibaseFile[] {
  return files.map((name) => ({ source: join(folder, name), path: `changelog/${name}`, mode: 0o644 }));
}

/** Makes a runtime of about 45 MB in `folder`, which must not exist, of the machine's JDK. */
export async function makeJavaRuntime(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly LiquibaseFile[]> {
  const program = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin', 'jlink') : 'jlink';
  const small = ['--strip-debug', '--no-header-files', '--no-man-pages', '--compress=2'];
  const args = [...JLINK_FLAGS, '--add-modules', MODULES.join(','), ...small, '--output', folder];
  await runChecked(program, args, { env }).catch((error: unknown) => {
    throw new FactoryError('CHILD_FAILED', 'cannot make a Java runtime for the artifact', {
      hint: 'A JDK with jlink must be on PATH or in JAVA_HOME; or name a base image that has Java.',
      cause: error,
    });
  });
  const names = (await readdir(folder, { recursive: true, encoding: 'utf8' })).sort();
  const files: LiquibaseFile[] = [];
  for (const name of names) {
    const found = await stat(join(folder, name));
    if (!found.isFile()) continue;
    files.push({
      source: join(folder, name),
      path: `java/${name}`,
      mode: found.mode & 0o111 ? 0o755 : 0o644,
    });
  }
  return files;
}
