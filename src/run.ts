// Runs child processes; the only importer of node:child_process. Knows nothing of what the programs do.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FactoryError, getMessage } from './errors.ts';

export interface RunOptions {
  /** The child's whole environment; nothing is inherited that is not here. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  /** Sent to standard input, which is then closed. Secrets go here or into `env`, never into arguments. */
  readonly input?: string | Uint8Array | undefined;
  /** Killed with SIGKILL when it takes longer. */
  readonly timeoutMs?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PipedOptions extends Omit<RunOptions, 'input' | 'timeoutMs'> {
  /** Goes to standard input; absent, there is none. */
  readonly input?: Readable | undefined;
  /** Gets standard output, and is ended with it; absent, the output is thrown away. */
  readonly output?: Writable | undefined;
  /** Each line of standard error as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface DetachedOptions extends Omit<RunOptions, 'input' | 'timeoutMs' | 'signal'> {
  /** Open file descriptor for stdout and stderr: a file, never a pipe, so that it survives this process. */
  readonly logFd: number;
}

/** Of what a program says on standard error while it runs. */
const KEPT_LINES = 50;

/** Runs to the end and collects the output; a non-zero status is a result, not an error. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const child = spawn(program, args, {
    ...pickSpawnOptions(options),
    signal: options.signal,
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {}); // the child may end before it reads everything
  child.stdin.end(options.input);
  const status = await waitForExit(program, child);
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Like runProgram, but a non-zero status is an error that quotes the end of the program's own output. */
export async function runChecked(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const result = await runProgram(program, args, options);
  if (result.status === 0) return result.stdout;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-5).join('\n');
  throw new FactoryError('CHILD_FAILED', `${program} ended with status ${result.status}: ${said}`);
}

/**
 * For output and input of any size. Resolves when the program has ended and its streams are settled; a broken stream
 * shows as the program's own status and words.
 */
export async function runPiped(
  program: string,
  args: readonly string[],
  options: PipedOptions,
): Promise<Omit<RunResult, 'stdout'>> {
  const { input, output, onLine } = options;
  const child = spawn(program, args, {
    ...pickSpawnOptions(options),
    signal: options.signal,
    stdio: [input ? 'pipe' : 'ignore', output ? 'pipe' : 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      onLine?.(line);
      if (lines.push(line) > KEPT_LINES) lines.shift();
    });
  }
  const streams = [
    input && child.stdin ? pipeline(input, child.stdin) : undefined,
    output && child.stdout ? pipeline(child.stdout, output) : undefined,
  ];
  const settled = Promise.allSettled(streams);
  const status = await waitForExit(program, child).finally(() => input?.destroy());
  await settled;
  return { status, stderr: lines.join('\n') };
}

/** Runs with this process's own terminal, for `psql` and `converge -- COMMAND`; returns the exit status. */
export async function runInteractive(
  program: string,
  args: readonly string[],
  options: Omit<RunOptions, 'timeoutMs'>,
): Promise<number> {
  const stdin = options.input === undefined ? 'inherit' : 'pipe';
  const child = spawn(program, args, {
    ...pickSpawnOptions(options),
    signal: options.signal,
    stdio: [stdin, 'inherit', 'inherit'],
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  return await waitForExit(program, child);
}

/** Starts a server in a session of its own that outlives this process; returns its pid at once. */
export async function startDetached(
  program: string,
  args: readonly string[],
  options: DetachedOptions,
): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(program, args, {
    ...pickSpawnOptions(options),
    detached: true,
    stdio: ['ignore', options.logFd, options.logFd],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(describeSpawnError(program, error)));
  });
  child.unref();
  return child as ChildProcess & { readonly pid: number };
}

/** A program that is told what to do as it runs. It does not keep this process from ending, unless it was just told. */
export interface PipedProgram {
  write(text: string): void;
  /** Nothing more is waited for. */
  letGo(): void;
  /** Closes its standard input. */
  end(): void;
  /** Resolves when it is gone, or could not be started. */
  readonly ended: Promise<void>;
}

/** In a session of its own, so that a Ctrl-C for this process is none for it. */
export function startPiped(
  program: string,
  args: readonly string[],
  options: Pick<RunOptions, 'env' | 'cwd'>,
  onText: (text: string) => void,
): PipedProgram {
  const child = spawn(program, args, {
    ...pickSpawnOptions(options),
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const sockets = [child.stdin, child.stdout] as unknown as readonly Socket[]; // which pipes are
  const letGo = (): void => {
    for (const handle of [child, ...sockets]) handle.unref();
  };
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', onText);
  return {
    write(text) {
      for (const handle of [child, ...sockets]) handle.ref();
      child.stdin.write(text);
    },
    letGo,
    end() {
      child.stdin.end();
    },
    ended,
  };
}

function pickSpawnOptions(options: Pick<RunOptions, 'env' | 'cwd' | 'uid' | 'gid'>) {
  return { env: options.env, cwd: options.cwd, uid: options.uid, gid: options.gid };
}

async function waitForExit(program: string, child: ChildProcess): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      const described = describeSpawnError(program, error);
      // An aborted child was told to end: until it has, what it uses must stay.
      if (error.name === 'AbortError' && child.exitCode === null && child.signalCode === null) {
        child.once('exit', () => reject(described));
      } else reject(described);
    });
    child.once('close', (status, signal) => resolve(status ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

function describeSpawnError(program: string, error: Error): Error {
  if (error.name === 'AbortError') return error;
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return new FactoryError('CHILD_FAILED', `cannot run ${program}: ${getMessage(error)}`, {
    hint: missing ? `Install ${program} or put it on PATH.` : undefined,
    cause: error,
  });
}
