// The AWS clients of the local server that runs, whatever profile and region the environment names.
import { type AwsConnection, connectAws, withSignal } from '../../aws/connect.ts';
import type { WaitOptions } from '../../aws/wait.ts';
import { openCredentials } from '../../local/http/credentials.ts';
import type { Progress } from '../../progress.ts';
import type { CommandContext } from '../context.ts';
import { getRunningServer } from './server-file.ts';

const TIMEOUT_MS = 600_000;

export async function openLocalAws({ folders, signal }: CommandContext): Promise<AwsConnection> {
  const { url, region } = await getRunningServer(folders.localDir);
  const { accessKeyId, secretAccessKey } = await openCredentials(folders.localDir);
  const aws = await connectAws({
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
  });
  return withSignal(aws, signal);
}

/** Runs one phase, with what `work` needs to wait for its end. */
export async function runPhase<T>(
  { signal }: CommandContext,
  progress: Progress,
  phase: string,
  work: (waiting: WaitOptions) => Promise<T>,
): Promise<T> {
  progress({ type: 'phase', phase, state: 'started' });
  try {
    const deadlineMs = performance.now() + TIMEOUT_MS;
    const value = await work({ phase, deadlineMs, signal });
    progress({ type: 'phase', phase, state: 'done' });
    return value;
  } catch (error) {
    progress({ type: 'phase', phase, state: 'failed' });
    throw error;
  }
}
