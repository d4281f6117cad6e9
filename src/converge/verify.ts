// The proof that a copy is usable and is a copy: log in, compare with what was asked, compare with the source.
import { checkOwnedCluster, getEndpoint, type OwnedCluster } from '../aws/owned.ts';
import { getCluster } from '../aws/rds.ts';
import type { DBCluster } from '../aws/types.ts';
import { type Look, waitUntil } from '../aws/wait.ts';
import type { CopyBuild } from './build.ts';
import { makeWaitOptions } from './busy.ts';
import type { Connection } from './connection.ts';
import { correctSettings } from './correct.ts';
import { sendCredentials } from './credentials.ts';
import { describeConnection, type LoginOutcome, tryLogin } from './login.ts';
import { type FoundConnection, getManagedConnection } from './managed-password.ts';
import { DEFAULT_PATIENCE } from './request.ts';
import { classifyStatus } from './statuses.ts';
import { STABLE_LOOKS, waitForCluster } from './wait-for-cluster.ts';

export interface Verified {
  readonly cluster: OwnedCluster;
  readonly connection: Connection;
  readonly warnings: readonly string[];
}

const RESEND_AFTER_MS = 60_000;
const AFTER_A_CHANGE = { isKnown: true, stableLooks: STABLE_LOOKS };

const SKIPPED = { unreachable: 'not reachable from here', unknown: 'the password is not known here' };

/**
 * `sentMs`: when RDS was last sent the password, of `performance.now()`; undefined: not by this run. Behind a gate the
 * login has been proved before others were let in, and perhaps this machine shut out.
 */
export async function verifyCopy(build: CopyBuild, sentMs: number | undefined): Promise<Verified> {
  const phase = `login to ${build.name}`;
  build.progress({ type: 'phase', phase, state: 'started' });
  const found = checkOwnedCluster(await getCluster(build.aws, build.name), build.name, build.source);
  const { connection, warnings: unread } = await findConnection(build, phase, found);
  const isTried = build.gate === undefined && connection.password !== undefined;
  const untried = build.gate === undefined ? ('unknown' as const) : ('ok' as const);
  const [outcome] = await Promise.all([
    isTried ? waitForLogin(build, phase, connection) : untried,
    sentMs === undefined ? undefined : waitForCluster(build, phase, AFTER_A_CHANGE),
  ]);
  const { cluster, notes } = await correctSettings(build);
  const warnings = [...notes, ...unread];
  if (outcome === 'unreachable') {
    if (sentMs !== undefined && connection.secretArn === undefined) {
      await waitForSettling(build, phase, sentMs);
    }
    warnings.push(
      `${getEndpoint(cluster)} cannot be reached from here, so the login was not tried; ` +
        'try it from a machine that the security group lets in',
    );
  }
  build.progress({
    type: 'phase',
    phase,
    state: outcome === 'ok' ? 'done' : 'skipped',
    ...(outcome === 'ok' ? {} : { detail: SKIPPED[outcome] }),
  });
  return { cluster, connection, warnings };
}

/** The password may be kept by Secrets Manager and hidden from this caller, or by the run that made the copy. */
async function findConnection(build: CopyBuild, phase: string, cluster: DBCluster): Promise<FoundConnection> {
  if (build.request.isPasswordManaged) return await getManagedConnection(build, phase);
  if (!build.isPasswordOfOthers) {
    return { connection: describeConnection(cluster, build.password), warnings: [] };
  }
  const who = `the run that made ${build.name} generated its password and keeps it`;
  const how = 'converge again with a password of your own to set another';
  return { connection: describeConnection(cluster, undefined), warnings: [`${who}; ${how}`] };
}

/** A refused login is waited on: the password may take effect later. An endpoint that stays silent is given up on. */
export async function waitForLogin(
  build: CopyBuild,
  phase: string,
  connection: Connection,
  tryOnce: typeof tryLogin = tryLogin,
): Promise<Exclude<LoginOutcome, 'refused'>> {
  const { reachMs } = build.request.patience ?? DEFAULT_PATIENCE;
  const startMs = performance.now();
  let isSentAgain = false;
  const look = async (): Promise<Look<'ok' | 'unreachable'>> => {
    const login = await tryOnce(connection, build.request.env);
    if (login.outcome === 'ok') return { state: 'ready', value: 'ok' };
    const waitedMs = performance.now() - startMs;
    if (login.outcome === 'unreachable' && waitedMs >= reachMs)
      return { state: 'ready', value: 'unreachable' };
    const isLost = login.outcome === 'refused' && waitedMs >= RESEND_AFTER_MS && !isSentAgain;
    if (isLost && connection.secretArn === undefined) {
      // Some engine versions have lost a change that was made while there was no instance.
      await sendCredentials(build, phase, connection.password ?? '');
      isSentAgain = true;
    }
    return { state: 'pending', detail: login.detail };
  };
  return await waitUntil(look, makeWaitOptions(build, phase));
}

/** Without a login: RDS was seen changing the password or had time to, and the cluster looks stable several times. */
async function waitForSettling(build: CopyBuild, phase: string, sentMs: number): Promise<void> {
  const { passwordMs } = build.request.patience ?? DEFAULT_PATIENCE;
  let isSeen = false;
  let stableLooks = 0;
  const look = async (): Promise<Look<true>> => {
    const { Status } = await getCluster(build.aws, build.name);
    isSeen ||= Status === 'resetting-master-credentials';
    stableLooks = classifyStatus(Status) === 'usable' ? stableLooks + 1 : 0;
    const isDue = isSeen || performance.now() - sentMs >= passwordMs;
    if (isDue && stableLooks >= STABLE_LOOKS) return { state: 'ready', value: true };
    return { state: 'pending', detail: `password being set, status ${Status}` };
  };
  await waitUntil(look, makeWaitOptions(build, phase));
}
