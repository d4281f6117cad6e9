// What is done inside the database of a copy before its gate opens. Everything is recorded in the copy, so that a run
// that was killed anywhere goes on where it stopped.
import { makeInterruptedError } from '../aws/errors.ts';
import { FactoryError } from '../errors.ts';
import { type ConnectOptions, connectDatabase, type SqlConnection } from '../sql/connect.ts';
import { runAfterSteps } from './after-steps.ts';
import type { CopyBuild } from './build.ts';
import type { Gate } from './gate.ts';
import { endOtherSessions, holdLogins, releaseLogins, rotateLogins } from './inherited-logins.ts';
import { describeConnection } from './login.ts';
import { maskDatabase } from './masking/mask-database.ts';
import type { MaskingReport } from './masking/report.ts';
import { openRecords } from './records.ts';
import { runSchema } from './schema.ts';
import { waitForLogin } from './verify.ts';
import { getOwnedCluster } from './wait-for-cluster.ts';

export interface GateOutcome {
  readonly masking?: MaskingReport | undefined;
}

const TIMEOUT_MS = 30_000;

export async function doGateWork(build: CopyBuild, gate: Gate): Promise<GateOutcome> {
  const cluster = await getOwnedCluster(build);
  const login = describeConnection(cluster, gate.password);
  if ((await waitForLogin(build, `login to ${build.name}`, login)) === 'unreachable') {
    throw makeUnreachableError(build);
  }
  const { engine, ...rest } = login;
  const options: ConnectOptions = {
    ...rest,
    password: gate.password,
    family: engine === 'aurora-mysql' ? 'mysql' : 'postgres',
    timeoutMs: TIMEOUT_MS,
    env: build.request.env,
  };
  const sessions = openSessions(options, build.signal);
  try {
    return await workInside({ build, gate, options, copyId: cluster.DbClusterResourceId ?? '', ...sessions });
  } catch (error) {
    if (build.signal?.aborted) throw makeInterruptedError(`working in the database of ${build.name}`);
    throw error;
  } finally {
    await sessions.close();
  }
}

interface Inside {
  readonly build: CopyBuild;
  readonly gate: Gate;
  readonly options: ConnectOptions;
  /** Resource id of the copy's cluster. */
  readonly copyId: string;
  readonly connect: (database?: string) => Promise<SqlConnection>;
}

/** Logins of the source are shut out first; with `keep` they come back last. */
async function workInside(inside: Inside): Promise<GateOutcome> {
  const { build, gate, options, copyId, connect } = inside;
  const { family, user } = options;
  const { work } = gate;
  const { progress, signal } = build;
  const connection = await connect();
  // Nobody but an older run of this command knew a password of the master user: it may still be at work.
  await endOtherSessions(connection, family);
  const held = { connection, family, records: await openRecords(connection, family, copyId) };
  if (work.inheritedLogins !== undefined) await holdLogins(held, user);
  const masking = work.maskingDigest === undefined ? undefined : await mask(inside);
  if (work.inheritedLogins === 'rotate') await rotateLogins(held);
  await runSchema({ ...inside, connection, work });
  if (work.afterSql !== undefined) {
    await runAfterSteps(connection, { family, copyId, sql: work.afterSql, progress, signal });
  }
  if (work.inheritedLogins === 'keep') await releaseLogins(held);
  return { masking };
}

async function mask({ build, gate, options, copyId, connect }: Inside): Promise<MaskingReport> {
  return await maskDatabase({
    connect,
    family: options.family,
    copyId,
    policy: gate.work.maskingPolicy,
    sql: gate.work.maskingSql,
    // The same in every clone of this source, wherever it is converged.
    seed: build.source?.clusterId ?? build.name,
    progress: build.progress,
    signal: build.signal,
  });
}

/** An interrupt ends every connection at once, so that no statement keeps this process waiting. */
function openSessions(options: ConnectOptions, signal: AbortSignal | undefined) {
  const open = new Set<SqlConnection>();
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    await Promise.allSettled([...open].map((connection) => connection.close()));
  };
  const onAbort = (): void => void close();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    close,
    async connect(database = options.database): Promise<SqlConnection> {
      signal?.throwIfAborted();
      const connection = await connectDatabase({ ...options, database });
      open.add(connection);
      return connection;
    },
  };
}

export function makeUnreachableError({ name }: CopyBuild): FactoryError {
  return new FactoryError('NETWORK_FAILED', `the database of ${name} cannot be reached from here`, {
    hint: 'Its gate opens only after work inside it: converge from a machine in its network, or give --client-cidr.',
  });
}
