// Finds the publisher's Liquibase: named, on PATH, or the npm package. Version 5 has another licence and is refused.
import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { FactoryError } from '../../errors.ts';

export interface LiquibaseInstallation {
  readonly home: string;
  /** Folder of liquibase-core.jar and the other jars. */
  readonly jarFolder: string;
}

export interface FindLiquibaseOptions {
  /** Folder of an installation, where the publisher names one. */
  readonly setting?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Where an npm package is looked for, upwards. */
  readonly folder: string;
}

export async function findLiquibase(options: FindLiquibaseOptions): Promise<LiquibaseInstallation> {
  const { setting, env, folder } = options;
  if (setting !== undefined) {
    const found = await findJars(setting);
    if (found !== undefined) return await checkVersion(found);
    throw new FactoryError('BAD_CONFIGURATION', `there is no Liquibase in ${setting}`);
  }
  for (const home of [
    await findOnPath(env['PATH'] ?? ''),
    env['LIQUIBASE_HOME'],
    ...listPackageFolders(folder),
  ]) {
    const found = home === undefined ? undefined : await findJars(home);
    if (found !== undefined) return await checkVersion(found);
  }
  throw new FactoryError('BAD_CONFIGURATION', 'the changelog needs Liquibase 4, and there is none', {
    hint: 'Put liquibase on PATH, or run: npm install --save-dev liquibase@4.28.1',
  });
}

/** A link leads from a bin folder into the installation. */
async function findOnPath(path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((part) => part !== '')) {
    const program = await realpath(join(folder, 'liquibase')).catch(() => undefined);
    if (program !== undefined) return dirname(program);
  }
  return undefined;
}

function listPackageFolders(folder: string): readonly string[] {
  const parent = dirname(folder);
  return [
    join(folder, 'node_modules', 'liquibase', 'dist', 'liquibase'),
    ...(parent === folder ? [] : listPackageFolders(parent)),
  ];
}

async function findJars(home: string): Promise<LiquibaseInstallation | undefined> {
  for (const jarFolder of [
    join(home, 'internal', 'lib'),
    join(home, 'dist', 'liquibase', 'internal', 'lib'),
    home,
  ]) {
    const has = await access(join(jarFolder, 'liquibase-core.jar')).then(
      () => true,
      () => false,
    );
    if (has) return { home, jarFolder };
  }
  return undefined;
}

/** The first heading of the change log that comes with every release tells the version. */
async function checkVersion(installation: LiquibaseInstallation): Promise<LiquibaseInstallation> {
  const root = join(installation.jarFolder, '..', '..');
  const names = await readdir(root).catch(() => [] as string[]);
  const text = names.includes('changelog.txt') ? await readFile(join(root, 'changelog.txt'), 'utf8') : '';
  const version = /(\d+)\.\d+\.\d+/.exec(text)?.[0];
  if (version !== undefined && Number(version.split('.')[0]) >= 5) {
    throw new FactoryError(
      'NOT_SUPPORTED',
      `Liquibase ${version} in ${installation.home} is not free software`,
      {
        hint: 'Use a release of 4.x, such as: npm install --save-dev liquibase@4.28.1',
      },
    );
  }
  return installation;
}
