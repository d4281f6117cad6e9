// Runs an artifact's image in a container engine, with as few rights as it needs. No secret is in an argument:
// a password goes to standard input, AWS credentials into a file that only the container's user may read.
import { chmod, chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findRunningEngine } from '../image/docker/address.ts';
import { callEngine } from '../image/docker/engine.ts';
import { formatShortReference, parseReference } from '../image/reference.ts';
import { runInteractive } from '../run.ts';
import { NODE_USER } from './host/files.ts';
import { makeSecretFolder } from './secret-folder.ts';

export interface RunImageRequest {
  readonly reference: string;
  /** For the program in the image, such as `converge --db-password-stdin`. */
  readonly args: readonly string[];
  /** Sent to standard input: the password. Absent: this process's own input. */
  readonly input?: string | undefined;
  /** What the container sees, such as AWS_REGION and AWS_ENDPOINT_URL; the values are not in any argument. */
  readonly containerEnv: Readonly<Record<string, string>>;
  /** Text of an AWS credentials file with temporary credentials. */
  readonly awsCredentials?: string | undefined;
  /** Of the `docker` command. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

const CREDENTIALS_PATH = '/run/aws/credentials';
/** Host networking lets a loopback endpoint be reached under its own name. */
const FIXED_ARGS = [
  'run --rm -i --network host --read-only --tmpfs /tmp',
  '--cap-drop ALL --security-opt no-new-privileges',
].flatMap((part) => part.split(' '));

/** Returns the exit status of the program in the image. */
export async function runImage(request: RunImageRequest): Promise<number> {
  const secrets = await makeSecretFolder();
  try {
    const mount = await writeCredentials(secrets, request.awsCredentials);
    const containerEnv = { ...request.containerEnv, ...mount.env };
    const names = Object.keys(containerEnv).flatMap((name) => ['--env', name]);
    const user = ['--user', getUser()];
    const args = [...FIXED_ARGS, ...user, ...names, ...mount.args, request.reference, ...request.args];
    const env = { ...request.env, ...containerEnv };
    return await runInteractive('docker', args, { env, input: request.input, signal: request.signal });
  } finally {
    await rm(secrets, { recursive: true, force: true });
  }
}

/** True where a Docker engine answers and holds the image. */
export async function findEngineImage(reference: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const address = await findRunningEngine(env);
  if (address === undefined) return false;
  const name = formatShortReference(parseReference(reference));
  const response = await callEngine(address, { method: 'GET', path: `/images/${encodeURI(name)}/json` });
  response.resume();
  return response.statusCode === 200;
}

async function writeCredentials(folder: string, text: string | undefined) {
  if (text === undefined) return { args: [], env: {} };
  const path = join(folder, 'credentials');
  await writeFile(path, text, { mode: 0o400 });
  if (isRoot()) {
    await chown(path, NODE_USER.id, NODE_USER.id);
    await chmod(folder, 0o711);
  }
  return {
    args: ['--mount', `type=bind,src=${path},dst=${CREDENTIALS_PATH},readonly`],
    env: { AWS_SHARED_CREDENTIALS_FILE: CREDENTIALS_PATH },
  };
}

/** Root's file is given to the image's user; anybody else's can only be read by themselves. */
function getUser(): string {
  return isRoot() ? `${NODE_USER.id}:${NODE_USER.id}` : `${process.getuid?.()}:${process.getgid?.()}`;
}

function isRoot(): boolean {
  return process.getuid?.() === undefined || process.getuid() === 0;
}
