// One converging of a copy at a time on this machine. The next one finds what the one before has made and its password;
// of one that died it knows that nobody is at work any more. Runs of other machines are told by the copy's tags.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AwsConnection } from '../aws/connect.ts';
import { makeInterruptedError } from '../aws/errors.ts';
import { FactoryError, wrapError } from '../errors.ts';
import type { Progress } from '../progress.ts';

export interface Turn {
  readonly runId: string;
  /** Of a run of this machine, whose turn must be over, since this is another. */
  isRunOver(runId: string): boolean;
}

export interface TurnOptions {
  readonly copiesDir: string;
  readonly aws: AwsConnection;
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal | undefined;
  readonly progress: Progress;
}

/** Throws TIMED_OUT when another process of this machine is still at work on the copy. */
export async function takeTurn<T>(options: TurnOptions, work: (turn: Turn) => Promise<T>): Promise<T> {
  const { copiesDir, aws, name, timeoutSeconds, signal, progress } = options;
  const { withFileLock } = await import('../image/file-lock.ts');
  const machine = await getMachineId(copiesDir);
  const turn = makeTurn(`${machine}-${randomUUID()}`);
  const phase = `other run that makes ${name}`;
  const wait = {
    timeoutMs: timeoutSeconds * 1000,
    signal,
    onBusy: () => progress({ type: 'phase', phase, state: 'waiting', detail: 'on this machine' }),
    makeTimeoutError: () =>
      new FactoryError('TIMED_OUT', `another run on this machine is still making ${name}`, {
        hint: `Wait for it, or look: db-artifact show ${name}`,
      }),
  };
  return await withFileLock(getLockPath(copiesDir, aws, name), async () => await work(turn), wait).catch(
    (error: unknown) => {
      if (error instanceof FactoryError || !signal?.aborted) throw error;
      throw makeInterruptedError(`waiting for the ${phase}`);
    },
  );
}

/** Also in a container, whose run is the one that took the turn outside. */
export function makeTurn(runId: string): Turn {
  const [machine] = runId.split('-');
  return { runId, isRunOver: (other) => other.startsWith(`${machine}-`) };
}

/** The same name may stand for other copies elsewhere. */
function getLockPath(copiesDir: string, { rdsUrl, region }: AwsConnection, name: string): string {
  const key = createHash('sha256').update(`${rdsUrl.origin} ${region} ${name}`).digest('hex');
  return join(copiesDir, `${key.slice(0, 20)}.lock`);
}

/** Of this folder on this host: a folder may be shared by several, whose processes cannot be told alive or dead. */
async function getMachineId(copiesDir: string): Promise<string> {
  const path = join(copiesDir, 'machine');
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
  try {
    await mkdir(copiesDir, { recursive: true, mode: 0o700 });
    await chmod(copiesDir, 0o700);
    return `${await readFile(path, 'utf8').catch(async () => await makeMachineFile(path))}${host}`;
  } catch (error) {
    throw wrapError(`reading ${path}`, error, 'STORE_FAILED');
  }
}

/** Appears with its content; of several processes the first decides. */
async function makeMachineFile(path: string): Promise<string> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, randomBytes(5).toString('hex'), { mode: 0o600 });
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  return await readFile(path, 'utf8');
}
