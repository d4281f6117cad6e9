// Finds the client programs of databases, which come with the system and not with the engines from npm.
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runProgram } from '../../run.ts';

/** pg_dump and its like, all of one version. */
export interface PostgresClients {
  readonly folder: string;
  readonly majorVersion: number;
}

/** Where Debian, Red Hat and Homebrew put each version. */
const VERSIONED = [
  ['/usr/lib/postgresql', 'bin'],
  ['/usr', 'bin'],
  ['/opt/homebrew/opt', 'bin'],
] as const;

/** The oldest that can read the source; pg_dump reads older servers only. `needed` are programs that must be there. */
export async function getPostgresClients(
  sourceMajor: number | 'newest',
  needed: readonly string[],
  engineFolders: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<PostgresClients> {
  const found: PostgresClients[] = [];
  for (const folder of await listFolders(engineFolders, env)) {
    const majorVersion = await findVersion(folder, needed);
    if (majorVersion !== undefined) found.push({ folder, majorVersion });
  }
  found.sort((a, b) => a.majorVersion - b.majorVersion);
  const fitting =
    sourceMajor === 'newest' ? found.at(-1) : found.find((one) => one.majorVersion >= sourceMajor);
  if (fitting) return fitting;
  const have =
    found.length > 0 ? `; there is only version ${found.map((one) => one.majorVersion).join(', ')}` : '';
  const wanted = sourceMajor === 'newest' ? '' : ` of version ${sourceMajor} or newer`;
  const packageName = sourceMajor === 'newest' ? 'postgresql-client' : `postgresql-client-${sourceMajor}`;
  throw new FactoryError('ENGINE_MISSING', `no ${needed[0]}${wanted} was found${have}`, {
    hint: `Install the PostgreSQL client programs, such as the Debian package ${packageName}.`,
  });
}

export interface MysqlClients {
  readonly dump: string;
  readonly client: string;
  /** That only MySQL's own mysqldump needs and knows: nothing on replication, no statistics that MariaDB lacks. */
  readonly dumpOptions: readonly string[];
}

/** MariaDB's names first; MySQL's own programs have the same options, as far as they are used here. */
export async function getMysqlClients(env: NodeJS.ProcessEnv): Promise<MysqlClients> {
  for (const [dump, client] of [
    ['mariadb-dump', 'mariadb'],
    ['mysqldump', 'mysql'],
  ] as const) {
    for (const folder of listPath(env)) {
      const paths = { dump: join(folder, dump), client: join(folder, client) };
      if (!(await exists(paths.dump)) || !(await exists(paths.client))) continue;
      const said = await runProgram(paths.dump, ['--version'], { env: { LC_ALL: 'C' }, timeoutMs: 10_000 });
      const isMysqls = !/mariadb/i.test(said.stdout);
      return { ...paths, dumpOptions: isMysqls ? ['--set-gtid-purged=OFF', '--column-statistics=0'] : [] };
    }
  }
  throw new FactoryError('ENGINE_MISSING', 'neither mariadb-dump nor mysqldump was found', {
    hint: 'Install the MariaDB client programs, such as the Debian package mariadb-client.',
  });
}

async function listFolders(
  engineFolders: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const folders = [...engineFolders];
  for (const [parent, child] of VERSIONED) {
    const names = await readdir(parent).catch(() => []);
    folders.push(
      ...names
        .filter((name) => /^(\d+|pgsql-\d+|postgresql@\d+|libpq)$/.test(name))
        .map((name) => join(parent, name, child)),
    );
  }
  return [...new Set([...folders, ...listPath(env)])];
}

export function listPath(env: NodeJS.ProcessEnv): readonly string[] {
  return [...(env['PATH'] ?? '').split(':'), '/usr/local/bin', '/usr/bin', '/bin'].filter((path) =>
    path.startsWith('/'),
  );
}

async function findVersion(folder: string, needed: readonly string[]): Promise<number | undefined> {
  const paths = needed.map((name) => join(folder, name));
  if (!(await Promise.all(paths.map(exists))).every(Boolean)) return undefined;
  const { stdout } = await runProgram(paths[0] ?? '', ['--version'], {
    env: { LC_ALL: 'C' },
    timeoutMs: 10_000,
  });
  const version = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
  return version === undefined ? undefined : Number(version);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
