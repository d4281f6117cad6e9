// Runs the built program as a user would: a process of its own, with arguments and an environment.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectFolder } from './sources.ts';

export const programPath = join(projectFolder, 'dist/cli.js');

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `db-artifact ARGS`; `input` goes to its standard input. */
export function startDbArtifact(args: readonly string[], env: NodeJS.ProcessEnv, input = ''): Started {
  const child = spawn(process.execPath, [programPath, ...args], { env, cwd: projectFolder, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return { child, ended };
}

export async function runDbArtifact(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: string,
): Promise<Ended> {
  return await startDbArtifact(args, env, input).ended;
}

/** Runs it and gives stdout; anything but status 0 is an error that shows what it said. */
export async function getOutput(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { status, stdout, stderr } = await runDbArtifact(args, env);
  if (status === 0) return stdout;
  throw new Error(`db-artifact ${args.join(' ')} ended with ${status}:\n${stderr}\n${stdout}`);
}
