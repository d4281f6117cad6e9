// Runs the real Liquibase against a database, in a Java of its own process. What it needs lies in one folder:
// `lib/*.jar`, `changelog/` and perhaps `java/`.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import { type RunResult, runProgram } from '../../run.ts';
import type { ConnectOptions } from '../../sql/connect.ts';
import { readTlsOptions } from '../../sql/tls.ts';
import { findJava, type JavaChoice } from './java.ts';
import { formatJdbcUrl, JDBC_DRIVERS } from './jdbc.ts';
import { describeLiquibaseFailure } from './liquibase-errors.ts';

export interface LiquibaseOptions {
  /** The folder with `lib/`, `changelog/` and perhaps `java/`. */
  readonly liquibaseHome: string;
  readonly java: JavaChoice;
  /** As in the INI; part of each change set's identity. */
  readonly changelogPath: string;
  readonly contexts: readonly string[];
  readonly labels?: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly database: ConnectOptions;
  /** Of this process: PATH, JAVA_HOME, TMPDIR. */
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface LiquibaseResult {
  /** Change sets that ran now. */
  readonly ran: number;
  readonly output: string;
}

export type LiquibaseCommand = 'validate' | 'update' | 'status';

/** Half the time and memory of Java's defaults, for a program that runs once; no file in /tmp. */
const JAVA_FLAGS = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xmx256m',
  '-XX:-UsePerfData',
  '-Dfile.encoding=UTF-8',
];
const MAIN_CLASS = 'liquibase.integration.commandline.LiquibaseCommandLine';

/** Throws DATABASE_FAILED with file, line, change set and SQL, as far as Liquibase tells them. */
export async function runLiquibase(
  command: LiquibaseCommand,
  options: LiquibaseOptions,
): Promise<LiquibaseResult> {
  const phase = `Liquibase ${command} ${options.changelogPath}`;
  options.progress({ type: 'phase', phase, state: 'started' });
  const java = await findJava(options.liquibaseHome, options.java, options.env);
  const folder = await mkdtemp(join(options.env['TMPDIR'] ?? tmpdir(), 'db-artifact-liquibase-'));
  try {
    const result = await runJava(java, command, folder, options);
    const output = result.stdout + result.stderr;
    if (result.status !== 0) throw await describeLiquibaseFailure(output, options);
    const ran = Number(/^Run:\s+(\d+)/m.exec(output)?.[1] ?? 0);
    options.progress({
      type: 'phase',
      phase,
      state: 'done',
      detail: command === 'update' ? `${ran} change sets` : undefined,
    });
    return { ran, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The password goes by the environment: arguments are for all the machine to see. */
async function runJava(
  java: string,
  command: LiquibaseCommand,
  folder: string,
  options: LiquibaseOptions,
): Promise<RunResult> {
  const { database, env, liquibaseHome, signal } = options;
  const roots = await writeRoots(database, folder);
  const defaults = await writeParameters(options.parameters, folder);
  const classPath = await listJars(liquibaseHome);
  const args = [
    ...JAVA_FLAGS,
    `-Djava.io.tmpdir=${folder}`,
    '-cp',
    classPath,
    MAIN_CLASS,
    `--defaults-file=${defaults}`,
    ...formatArguments(command, options, roots),
  ];
  return await runProgram(java, args, {
    cwd: folder, // a liquibase.properties of the current folder would be read
    env: {
      PATH: env['PATH'],
      TZ: env['TZ'],
      LANG: 'C.UTF-8',
      LIQUIBASE_COMMAND_PASSWORD: database.password,
      LIQUIBASE_ANALYTICS_ENABLED: 'false', // versions from 4.30 on phone home
    },
    signal,
  });
}

async function listJars(liquibaseHome: string): Promise<string> {
  const folder = join(liquibaseHome, 'lib');
  const names = await readdir(folder).catch((error: unknown) => {
    throw new FactoryError('IMAGE_DAMAGED', `the artifact's Liquibase is not at ${folder}`, { cause: error });
  });
  return names
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(folder, name))
    .join(':');
}

/** A parameter may be a password, so none is an argument. https://docs.liquibase.com/parameters/changelog-parameters.html */
async function writeParameters(parameters: LiquibaseOptions['parameters'], folder: string): Promise<string> {
  const path = join(folder, 'parameters.properties');
  const lines = Object.entries(parameters).map(
    ([name, value]) => `parameter.${formatProperty(name)}=${formatProperty(value)}\n`,
  );
  await writeFile(path, lines.join(''), { mode: 0o600 });
  return path;
}

/** As java.util.Properties reads it. */
function formatProperty(text: string): string {
  return text.replace(/[^\w.-]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The drivers read certificates from a file. Undefined where none are checked. */
async function writeRoots(database: ConnectOptions, folder: string): Promise<string | undefined> {
  if (database.tls !== 'verify') return undefined;
  const path = join(folder, 'roots.pem');
  await writeFile(path, ((await readTlsOptions(database))?.ca ?? []).join('\n'));
  return path;
}

function formatArguments(
  command: LiquibaseCommand,
  options: LiquibaseOptions,
  roots: string | undefined,
): readonly string[] {
  const { database, contexts, labels } = options;
  const hasFilters = command !== 'validate';
  return [
    `--search-path=${join(options.liquibaseHome, 'changelog')}`,
    '--headless=true',
    '--show-banner=false',
    '--log-level=SEVERE',
    command,
    ...(command === 'status' ? ['--verbose'] : []),
    `--changelog-file=${options.changelogPath}`,
    `--url=${formatJdbcUrl(database, roots)}`,
    `--driver=${JDBC_DRIVERS[database.family]}`,
    `--username=${database.user}`,
    ...(hasFilters && contexts.length > 0 ? [`--contexts=${contexts.join(',')}`] : []),
    ...(hasFilters && labels !== undefined ? [`--label-filter=${labels}`] : []),
  ];
}
