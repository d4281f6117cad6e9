// The proof that a copy is usable and is a copy: log in, compare with what was asked, compare with the source.
import { checkOwnedCluster, getEndpoint, type OwnedCluster } from '../aws/owned.ts';
import { getCluster } from '../aws/rds.ts';
import { type Look, waitUntil } from '../aws/wait.ts';
import type { CopyBuild } from './build.ts';
import { makeWaitOptions } from './busy.ts';
import { compareCluster } from './compare.ts';
import type { Connection } from './connection.ts';
import { sendCredentials } from './credentials.ts';
import { describeConnection, type LoginOutcome, tryLogin } from './login.ts';
import { DEFAULT_PATIENCE } from './request.ts';
import { classifyStatus } from './statuses.ts';

export interface Verified {
  readonly cluster: OwnedCluster;
  readonly connection: Connection;
  readonly warnings: readonly string[];
}

const STABLE_LOOKS = 3;
const RESEND_AFTER_MS = 60_000;

/**
 * `sentMs`: when RDS was last sent the password, of `performance.now()`; undefined: not by this run. Behind a gate the
 * login has been proved before others were let in, and perhaps this machine shut out.
 */
export async function verifyCopy(build: CopyBuild, sentMs: number | undefined): Promise<Verified> {
  const phase = `login to ${build.name}`;
  build.progress({ type: 'phase', phase, state: 'started' });
  const cluster = checkOwnedCluster(await getCluster(build.aws, build.name), build.name, build.source);
  const warnings = compareCluster(cluster, build);
  if (build.request.isPasswordManaged) return await verifyManaged(build, phase, cluster, warnings);
  if (build.isPasswordOfOthers) return verifyWithoutPassword(build, phase, cluster, warnings);
  const connection = describeConnection(cluster, build.password);
  const outcome = build.gate === undefined ? await waitForLogin(build, phase, connection) : 'ok';
  if (outcome === 'unreachable') {
    if (sentMs !== undefined) await waitForSettling(build, phase, sentMs);
    warnings.push(
      `${getEndpoint(cluster)} cannot be reached from here, so the login was not tried; ` +
        'try it from a machine that the security group lets in',
    );
  }
  build.progress({
    type: 'phase',
    phase,
    state: outcome === 'ok' ? 'done' : 'skipped',
    ...(outcome === 'ok' ? {} : { detail: 'not reachable from here' }),
  });
  return { cluster, connection, warnings };
}

/** The run that made the copy has proved the login. */
function verifyWithoutPassword(
  build: CopyBuild,
  phase: string,
  cluster: OwnedCluster,
  warnings: readonly string[],
): Verified {
  build.progress({ type: 'phase', phase, state: 'skipped', detail: 'another run has the password' });
  const who = `the run that made ${build.name} generated its password and keeps it`;
  const how = 'converge again with a password of your own to set another';
  return {
    cluster,
    connection: describeConnection(cluster, undefined),
    warnings: [...warnings, `${who}; ${how}`],
  };
}

/** Nobody here knows the password, so that its secret is in use is the proof. */
async function verifyManaged(
  build: CopyBuild,
  phase: string,
  cluster: OwnedCluster,
  warnings: readonly string[],
): Promise<Verified> {
  const look = async (): Promise<Look<string>> => {
    const { MasterUserSecret: secret } = await getCluster(build.aws, build.name);
    if (secret?.SecretArn && secret.SecretStatus === 'active')
      return { state: 'ready', value: secret.SecretArn };
    if (secret?.SecretStatus === 'impaired') return { state: 'failed', detail: 'its secret is impaired' };
    return { state: 'pending', detail: `secret ${secret?.SecretStatus ?? 'not there yet'}` };
  };
  const secretArn = await waitUntil(look, makeWaitOptions(build, phase));
  build.progress({ type: 'phase', phase, state: 'skipped', detail: 'the password is in Secrets Manager' });
  const read = `aws secretsmanager get-secret-value --secret-id ${secretArn}`;
  return {
    cluster,
    connection: describeConnection(cluster, undefined),
    warnings: [...warnings, `the login was not tried, since Secrets Manager has the password: ${read}`],
  };
}

/** A refused login is waited on: the password may take effect later. An endpoint that stays silent is given up on. */
export async function waitForLogin(
  build: CopyBuild,
  phase: string,
  connection: Connection,
): Promise<Exclude<LoginOutcome, 'refused'>> {
  const { reachMs } = build.request.patience ?? DEFAULT_PATIENCE;
  const startMs = performance.now();
  let isSentAgain = false;
  const look = async (): Promise<Look<'ok' | 'unreachable'>> => {
    const login = await tryLogin(connection, build.request.env);
    if (login.outcome === 'ok') return { state: 'ready', value: 'ok' };
    const waitedMs = performance.now() - startMs;
    if (login.outcome === 'unreachable' && waitedMs >= reachMs)
      return { state: 'ready', value: 'unreachable' };
    if (login.outcome === 'refused' && waitedMs >= RESEND_AFTER_MS && !isSentAgain) {
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
