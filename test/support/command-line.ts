// Runs the command line inside the test's process, with everything around it given: no terminal, no signals.
import { join } from 'node:path';
import { findFolders } from '../../src/commands/folders.ts';
import { runCommandLine } from '../../src/commands/program.ts';
import type { Patience } from '../../src/converge/request.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly dataDir?: string;
  readonly calledBy?: string;
  readonly input?: string;
  readonly patience?: Patience;
  readonly platform?: NodeJS.Platform;
}

export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  // Without one nothing can be kept, whoever runs this.
  const dataDir = options.dataDir ?? '/dev/null/db-artifact';
  const env = { ...options.env, DB_ARTIFACT_DATA_DIR: dataDir };
  let stdout = '';
  let stderr = '';
  const status = await runCommandLine({
    args,
    calledBy: options.calledBy ?? 'db-artifact',
    env,
    platform: options.platform ?? process.platform,
    version: '0.0.0-test',
    folders: findFolders(env, { homeDir: dataDir, isRoot: false }),
    signal: new AbortController().signal,
    patience: options.patience,
    launch: { program: process.execPath, args: [join(dataDir, 'program.js')] },
    readInput: async () => options.input ?? '',
    terminal: {
      writeOut(text) {
        stdout += text;
      },
      writeErr(text) {
        stderr += text;
      },
      isTerminal: false,
      columns: () => 80,
    },
  });
  return { status, stdout, stderr };
}
