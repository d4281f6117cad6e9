// The layers of an artifact with a Liquibase changelog: jars, a small Java runtime, the changelog. Only then are they there.
import { createHash } from 'node:crypto';
import { access, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { ArtifactSpec } from '../../artifact/spec.ts';
import { type Layer, makeLayer } from '../../image/layer.ts';
import { makeFileEntry, makeFolderEntry, type TarEntry } from '../../image/tar.ts';
import { runProgram } from '../../run.ts';
import type { SqlFamily } from '../../sql/connect.ts';
import { LIQUIBASE_HOME } from '../artifact-layers.ts';
import { getCachedLayer } from '../cached-layer.ts';
import { type LiquibaseFile, listChangelogFiles, listLiquibaseJars, makeJavaRuntime } from './files.ts';
import { findLiquibase } from './find-liquibase.ts';

/** Raised when a layer's bytes change though what goes in is the same. */
const RECIPE_VERSION = 2;

export interface LiquibaseParts {
  readonly jars: readonly LiquibaseFile[];
  readonly changelog: readonly LiquibaseFile[];
  readonly warnings: readonly string[];
}

export interface LiquibaseOptions {
  readonly spec: ArtifactSpec;
  /** Of the INI file. */
  readonly folder: string;
  readonly family: SqlFamily;
  readonly env: NodeJS.ProcessEnv;
}

/** Undefined where the artifact has no changelog. */
export async function findLiquibaseParts(options: LiquibaseOptions): Promise<LiquibaseParts | undefined> {
  const { spec, folder, family, env } = options;
  const { liquibaseChangelogPath: path, liquibaseParameters } = spec.schema;
  if (path === undefined) return undefined;
  const { collectChangelog } = await import('./collect-changelog.ts');
  const { files, warnings } = await collectChangelog(folder, path, liquibaseParameters);
  const installation = await findLiquibase({ env, folder });
  const jars = await listLiquibaseJars(installation, family);
  return { jars, changelog: listChangelogFiles(folder, files), warnings };
}

export interface LiquibaseLayers {
  /** For every platform, the rarely changing first. */
  readonly shared: readonly Layer[];
  /** For this machine's own platform. */
  readonly java: Layer;
}

export async function makeLiquibaseLayers(
  { jars, changelog }: LiquibaseParts,
  cacheDir: string,
  env: NodeJS.ProcessEnv,
): Promise<LiquibaseLayers> {
  const jarLayer = await makeJarLayer(jars, cacheDir);
  const java = await makeJavaLayer(cacheDir, env);
  const changelogLayer = await makeLayer(await makeEntries(changelog), 'Liquibase changelog');
  return { shared: [jarLayer, changelogLayer], java };
}

/** The same in every artifact, and dear to compress. */
async function makeJarLayer(jars: readonly LiquibaseFile[], cacheDir: string): Promise<Layer> {
  const hash = createHash('sha256').update(JSON.stringify(jars.map(({ path, mode }) => [path, mode])));
  for (const { source } of jars) hash.update(await readFile(source));
  return await getCachedLayer({
    cacheDir,
    key: `jars-${RECIPE_VERSION}-${hash.digest('hex').slice(0, 32)}`,
    createdBy: 'Liquibase',
    makeEntries: () => makeEntries(jars),
  });
}

/** Linking a runtime takes seconds, so it is kept for as long as the JDK stays the same. */
async function makeJavaLayer(cacheDir: string, env: NodeJS.ProcessEnv): Promise<Layer> {
  return await getCachedLayer({
    cacheDir,
    key: `java-${RECIPE_VERSION}-${await getJdkKey(env)}`,
    createdBy: 'Java runtime for Liquibase',
    async makeEntries() {
      const parent = await mkdtemp(join(env['TMPDIR'] ?? tmpdir(), 'db-artifact-java-'));
      try {
        const files = await makeJavaRuntime(join(parent, 'java'), env);
        return await makeEntries([...files, ...(await findZlib(files, env))]);
      } finally {
        await rm(parent, { recursive: true, force: true });
      }
    },
  });
}

/** Some JDKs use the system's zlib, which neither a bare base nor every consumer's machine has. */
async function findZlib(
  files: readonly LiquibaseFile[],
  env: NodeJS.ProcessEnv,
): Promise<readonly LiquibaseFile[]> {
  const library = files.find(({ path }) => path.endsWith('/libzip.so'));
  if (library === undefined) return [];
  const traced = await runProgram('ldd', [library.source], { env: { PATH: env['PATH'] } }).catch(
    () => undefined,
  );
  const source = /libz\.so\.1 => (\/\S+)/.exec(traced?.stdout ?? '')?.[1];
  return source === undefined
    ? []
    : [{ source, path: join(dirname(library.path), 'libz.so.1'), mode: 0o755 }];
}

async function getJdkKey(env: NodeJS.ProcessEnv): Promise<string> {
  const jlink = await realpath((await findJlink(env)) ?? '/').catch(() => '/');
  const found = await stat(join(dirname(jlink), '..', 'lib', 'modules')).catch(() => stat(jlink));
  const state = [jlink, found.size, found.mtimeMs, found.ino];
  return createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 32);
}

async function findJlink(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = env['JAVA_HOME'] ? [join(env['JAVA_HOME'], 'bin')] : (env['PATH'] ?? '').split(delimiter);
  for (const folder of folders.filter((part) => part !== '')) {
    const path = join(folder, 'jlink');
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

async function makeEntries(files: readonly LiquibaseFile[]): Promise<readonly TarEntry[]> {
  const home = LIQUIBASE_HOME.slice(1);
  const entries = await Promise.all(
    files.map(async ({ source, path, mode }) =>
      makeFileEntry(`${home}/${path}`, await readFile(source), mode),
    ),
  );
  const folders = new Set(entries.flatMap(({ path }) => listParents(path)));
  return [...[...folders].map((path) => makeFolderEntry(path)), ...entries];
}

function listParents(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
