// Where the tool keeps its files on this machine, and where the bundled program is that images carry.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FactoryError } from '../errors.ts';

export interface Folders {
  readonly dataDir: string;
  /** An OCI layout. */
  readonly imagesDir: string;
  /** Of the local RDS. */
  readonly localDir: string;
  /** Passwords of copies. */
  readonly copiesDir: string;
}

export interface Machine {
  readonly homeDir: string;
  readonly isRoot: boolean;
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
export function findFolders(env: NodeJS.ProcessEnv, { homeDir, isRoot }: Machine): Folders {
  const shared = env['XDG_DATA_HOME'] || (isRoot ? '/var/lib' : join(homeDir, '.local', 'share'));
  const dataDir = env['DB_ARTIFACT_DATA_DIR'] || join(shared, 'db-artifact');
  return {
    dataDir,
    imagesDir: join(dataDir, 'images'),
    localDir: join(dataDir, 'local'),
    copiesDir: join(dataDir, 'copies'),
  };
}

/** `program.js` lies beside the file that runs, or in `dist` when the sources run. */
export function getProgramPath(runningFile: string): string {
  if (basename(runningFile) === 'program.js') return runningFile;
  const folder = dirname(runningFile);
  const candidates = [join(folder, 'program.js'), join(dirname(folder), 'dist', 'program.js')];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new FactoryError('OPERATION_FAILED', `there is no program.js in ${folder}`, {
    hint: 'Run `npm run build`: images carry the bundled program.',
  });
}
