// Starts and stops servers that tests need, by their process id; what a test started never outlives it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { waitUntil } from './wait-until.ts';

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  /** What it has printed so far. */
  readonly output: () => string;
}

/** Undefined when the program is installed, else the reason to skip. */
export function findMissingProgram(name: string): string | undefined {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`]);
    return undefined;
  } catch {
    return `${name} is not installed`;
  }
}

/** Waits until `isReady` holds; stops the program with SIGTERM, and SIGKILL when it does not end. */
export async function startProgram(
  name: string,
  args: readonly string[],
  isReady: (output: string) => boolean | Promise<boolean>,
): Promise<RunningProgram> {
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const running = {
    pid: child.pid as number,
    output: () => output,
    [Symbol.asyncDispose]: () => stopProgram(child),
  };
  try {
    await waitUntil(`${name} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${output.slice(-2000)}`);
      return await isReady(output);
    });
  } catch (error) {
    await stopProgram(child);
    throw error;
  }
  return running;
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}
