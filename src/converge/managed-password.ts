// A master password that Secrets Manager makes and keeps: waited for, and read where this caller may.
import { getCluster } from '../aws/rds.ts';
import { readMasterPassword } from '../aws/secrets.ts';
import type { DBCluster } from '../aws/types.ts';
import { type Look, waitUntil } from '../aws/wait.ts';
import { FactoryError } from '../errors.ts';
import type { CopyBuild } from './build.ts';
import { makeWaitOptions } from './busy.ts';
import type { Connection } from './connection.ts';
import { describeConnection } from './login.ts';

export interface FoundConnection {
  /** Without a password where that is not to be had. */
  readonly connection: Connection;
  readonly warnings: readonly string[];
}

/** As soon as the secret is in use. */
export async function getManagedConnection(build: CopyBuild, phase: string): Promise<FoundConnection> {
  const { cluster, secretArn } = await waitForSecret(build, phase);
  try {
    const password = await readMasterPassword(build.aws, secretArn);
    return { connection: describeConnection(cluster, password), warnings: [] };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const read = `aws secretsmanager get-secret-value --secret-id ${secretArn}`;
    return {
      connection: describeConnection(cluster, undefined),
      warnings: [
        `the login was not tried, since the password could not be read (${error.message}); whoever may: ${read}`,
      ],
    };
  }
}

/** Nothing that is wrong with the copy: the secret is for others, or this endpoint has no secrets. */
function isUnreadable(error: unknown): error is FactoryError {
  const codes = ['NOT_AUTHORIZED', 'NOT_SUPPORTED', 'NETWORK_FAILED', 'NOT_FOUND', 'AWS_FAILED'];
  return error instanceof FactoryError && codes.includes(error.code);
}

async function waitForSecret(
  build: CopyBuild,
  phase: string,
): Promise<{ cluster: DBCluster; secretArn: string }> {
  const look = async (): Promise<Look<{ cluster: DBCluster; secretArn: string }>> => {
    const cluster = await getCluster(build.aws, build.name);
    const { SecretArn: secretArn, SecretStatus: status = 'not there yet' } = cluster.MasterUserSecret ?? {};
    if (secretArn && status === 'active') return { state: 'ready', value: { cluster, secretArn } };
    if (status === 'impaired') return { state: 'failed', detail: 'its secret is impaired' };
    return { state: 'pending', detail: `secret ${status}` };
  };
  return await waitUntil(look, makeWaitOptions(build, phase));
}
