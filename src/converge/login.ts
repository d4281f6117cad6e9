// Logging in to a copy: the only proof that a password is set.
import { getCluster } from '../aws/rds.ts';
import type { DBCluster } from '../aws/types.ts';
import { FactoryError } from '../errors.ts';
import { connectDatabase, type SqlConnection } from '../sql/connect.ts';
import { isLoginRefused } from '../sql/errors.ts';
import { isLoopback } from './client-address.ts';
import type { Connection } from './connection.ts';
import type { Job } from './step.ts';

export type LoginOutcome = 'ok' | 'refused' | 'unreachable';

export interface Login {
  readonly outcome: LoginOutcome;
  readonly detail: string;
}

type Env = Readonly<Record<string, string | undefined>> | undefined;

const TIMEOUT_MS = 10_000;

/** One try; what the server says of anything but the password counts as not reachable yet. */
export async function tryLogin(connection: Connection, env: Env): Promise<Login> {
  const { sql, ...login } = await openLogin(connection, env);
  await sql?.close();
  return login;
}

/** The same, and the connection where it succeeded, for the caller to close. */
export async function openLogin(
  connection: Connection,
  env: Env,
): Promise<Login & { readonly sql?: SqlConnection }> {
  try {
    const { engine, password = '', secretArn: _secret, ...rest } = connection;
    const family = engine === 'aurora-postgresql' ? 'postgres' : 'mysql';
    const sql = await connectDatabase({ ...rest, password, family, timeoutMs: TIMEOUT_MS, env });
    try {
      await sql.query('SELECT 1');
    } catch (error) {
      await sql.close();
      throw error;
    }
    return { outcome: 'ok', detail: 'logged in', sql };
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code === 'BAD_INVOCATION') throw error;
    return { outcome: isLoginRefused(error) ? 'refused' : 'unreachable', detail: error.message };
  }
}

export async function getConnection(job: Job, password: string | undefined): Promise<Connection> {
  return describeConnection(await getCluster(job.aws, job.name), password);
}

/** From the cluster's own description alone. */
export function describeConnection(cluster: DBCluster, password: string | undefined): Connection {
  const { Endpoint: host, Port: port, MasterUsername: user = '', Engine } = cluster;
  if (host === undefined || port === undefined) {
    throw new FactoryError('OPERATION_FAILED', `cluster ${cluster.DBClusterIdentifier} has no endpoint yet`);
  }
  const engine = Engine === 'aurora-mysql' ? 'aurora-mysql' : 'aurora-postgresql';
  // Aurora PostgreSQL always has a database `postgres`; Aurora MySQL has none unless one was asked for.
  const database = cluster.DatabaseName ?? (engine === 'aurora-postgresql' ? 'postgres' : '');
  // What never leaves this machine needs no certificate.
  const tls = isLoopback(host) ? 'prefer' : 'verify';
  const secretArn = cluster.MasterUserSecret?.SecretArn;
  return {
    ...{ engine, host, port, user, database, tls },
    ...(password === undefined ? {} : { password }),
    ...(secretArn === undefined ? {} : { secretArn }),
  };
}
