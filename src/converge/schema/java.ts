// Finds a Java that runs on this machine: the artifact's own, else the machine's.
import { join } from 'node:path';
import { FactoryError } from '../../errors.ts';
import { runProgram } from '../../run.ts';

export type JavaChoice =
  /** The artifact's runtime where it fits the machine, else the machine's Java. */
  | 'any'
  /** Only the machine's Java. */
  | 'machine';

const OLDEST = 11; // what Liquibase 4.x and the drivers are compiled for is 8; older than 11 is not kept up any more
const CHECK_MS = 30_000;

/** The path of a `java` program. `liquibaseHome` may hold a runtime in `java/`. */
export async function findJava(
  liquibaseHome: string,
  choice: JavaChoice,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const machine = [...(env['JAVA_HOME'] ? [join(env['JAVA_HOME'], 'bin', 'java')] : []), 'java'];
  const candidates = choice === 'any' ? [join(liquibaseHome, 'java', 'bin', 'java'), ...machine] : machine;
  for (const program of candidates) {
    if ((await readJavaVersion(program, env)) >= OLDEST) return program;
  }
  throw new FactoryError(
    'NOT_SUPPORTED',
    `the Liquibase changelog needs Java ${OLDEST} or newer, and there is none`,
    {
      hint: 'Install a Java runtime, set JAVA_HOME, or converge with the container, which brings one along.',
    },
  );
}

/** 0 where the program cannot be run, as one of another processor or C library. */
async function readJavaVersion(program: string, env: NodeJS.ProcessEnv): Promise<number> {
  try {
    const { status, stderr } = await runProgram(program, ['-version'], {
      env: { PATH: env['PATH'] },
      timeoutMs: CHECK_MS,
    });
    const version = /version "(?:1\.)?(\d+)/.exec(stderr)?.[1];
    return status === 0 ? Number(version ?? 0) : 0;
  } catch {
    return 0;
  }
}
