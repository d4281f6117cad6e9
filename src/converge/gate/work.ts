// What is done inside the database of a copy before its gate opens. Everything is recorded in the copy, so that a run
// that was killed anywhere goes on where it stopped.
import { makeInterruptedError } from '../../aws/errors.ts';
import { FactoryError } from '../../errors.ts';
import { type ConnectOptions, connectDatabase, type SqlConnection } from '../../sql/connect.ts';
import type { CopyBuild } from '../build.ts';
import type { Connection } from '../connection.ts';
import { describeConnection, openLogin } from '../login.ts';
import { maskDatabase } from '../masking/mask-database.ts';
import type { MaskingReport } from '../masking/report.ts';
import { openRecords } from '../records.ts';
import { runAfterSteps } from '../schema/after-steps.ts';
import { runSchema } from '../schema/schema.ts';
import { waitForLogin } from '../verify.ts';
import { getOwnedCluster } from '../wait-for-cluster.ts';
import type { Gate } from './gate.ts';
import {
  checkNobodyElse,
  endOtherSessions,
  holdLogins,
  type LoginPlace,
  releaseLogins,
  rotateLogins,
} from './inherited-logins.ts';

export interface GateOutcome {
  readonly masking?: MaskingReport | undefined;
}

const TIMEOUT_MS = 30_000;

export async function doGateWork(build: CopyBuild, gate: Gate): Promise<GateOutcome> {
  const cluster = await getOwnedCluster(build);
  const login = describeConnection(cluster, gate.password);
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
    const connection = await connectFirst(build, login, sessions);
    const copyId = cluster.DbClusterResourceId ?? '';
    return await workInside({ build, gate, options, copyId, connection, connect: sessions.connect });
  } catch (error) {
    if (build.signal?.aborted) throw makeInterruptedError(`working in the database of ${build.name}`);
    throw error;
  } finally {
    await sessions.close();
  }
}

/** The login that proves the password goes on to lock the others: each moment counts until then. */
async function connectFirst(build: CopyBuild, login: Connection, sessions: Sessions): Promise<SqlConnection> {
  let first: SqlConnection | undefined;
  const outcome = await waitForLogin(build, `login to ${build.name}`, login, async (to, env) => {
    const { sql, ...tried } = await openLogin(to, env);
    first = sql && sessions.add(sql);
    return tried;
  });
  if (outcome === 'unreachable' || first === undefined) throw makeUnreachableError(build);
  return first;
}

interface Inside {
  readonly build: CopyBuild;
  readonly gate: Gate;
  readonly options: ConnectOptions;
  /** Resource id of the copy's cluster. */
  readonly copyId: string;
  /** The first one, which stays open to the end. */
  readonly connection: SqlConnection;
  readonly connect: (database?: string) => Promise<SqlConnection>;
}

/** Logins of the source are shut out first; with `keep` they come back last. */
async function workInside(inside: Inside): Promise<GateOutcome> {
  const { build, gate, options, copyId, connection } = inside;
  const { family, user: masterUser } = options;
  const { work } = gate;
  const { progress, signal } = build;
  const place = { connection, family, masterUser, records: await openRecords(connection, family, copyId) };
  if (work.inheritedLogins === undefined) await endOtherSessions(place);
  else await shutOthersOut(build, place);
  const masking = work.maskingDigest === undefined ? undefined : await mask(inside);
  await checkNobodyElse(place);
  if (work.inheritedLogins === 'rotate') await rotateLogins(place);
  await runSchema({ ...inside, work });
  if (work.afterSql !== undefined) {
    await runAfterSteps(connection, { family, copyId, sql: work.afterSql, progress, signal });
  }
  if (work.inheritedLogins === 'keep') await releaseLogins(place);
  return { masking };
}

/** Who was inside had the source's login and this machine's address, and saw no more than the source shows it. */
async function shutOthersOut({ name, progress }: CopyBuild, place: LoginPlace): Promise<void> {
  const phase = `inherited logins of ${name} locked`;
  progress({ type: 'phase', phase, state: 'started' });
  const met = await holdLogins(place);
  progress({ type: 'phase', phase, state: 'done' });
  for (const { user, from } of met) {
    const who = from === '' ? user : `${user} from ${from}`;
    progress({
      type: 'warning',
      message: `${who} was in ${name} before its logins were locked, and was put out`,
    });
  }
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

interface Sessions {
  connect(database?: string): Promise<SqlConnection>;
  /** To be closed with the others. */
  add(connection: SqlConnection): SqlConnection;
  close(): Promise<void>;
}

/** An interrupt ends every connection at once, so that no statement keeps this process waiting. */
function openSessions(options: ConnectOptions, signal: AbortSignal | undefined): Sessions {
  const open = new Set<SqlConnection>();
  const add = (connection: SqlConnection): SqlConnection => {
    open.add(connection);
    return connection;
  };
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    await Promise.allSettled([...open].map((connection) => connection.close()));
  };
  const onAbort = (): void => void close();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    add,
    close,
    async connect(database = options.database) {
      signal?.throwIfAborted();
      return add(await connectDatabase({ ...options, database }));
    },
  };
}

export function makeUnreachableError({ name }: CopyBuild): FactoryError {
  return new FactoryError('NETWORK_FAILED', `the database of ${name} cannot be reached from here`, {
    hint: 'Its gate opens only after work inside it: converge from a machine in its network, or give --client-cidr.',
  });
}
