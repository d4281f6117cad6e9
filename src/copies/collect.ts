// Garbage collection: removes copies that have expired or were left half made, and groups whose copy is gone. Runs from
// any machine, as often as one likes, also at once: what RDS lets one run delete is that run's to report.
import { type AwsConnection, withSignal } from '../aws/connect.ts';
import { listClusters, listInstances } from '../aws/rds.ts';
import type { Copy } from '../converge/copy.ts';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { claimCopy, makeRemovalJob, removeGroups } from './destroy.ts';
import { type Leftovers, listLeftovers } from './leftovers.ts';
import { findCopy, toCopies } from './list.ts';
import { explainUnremoved } from './unremoved.ts';

export interface CollectOptions {
  readonly isDryRun: boolean;
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutSeconds?: number | undefined;
}

/** `orphaned`: groups alone are left, their copy is gone. */
export type DueReason = 'expired' | 'half-made' | 'orphaned';

export interface Collected {
  readonly name: string;
  readonly owner: string;
  /** RFC 3339; undefined: never. */
  readonly expiresAt: string | undefined;
  readonly reason: DueReason;
  /** Undefined where only groups were left. */
  readonly copy: Copy | undefined;
  /** `due`: it would be removed, but this is a dry run. `elsewhere`: another run removes it, or has. */
  readonly outcome: 'removed' | 'elsewhere' | 'due' | 'protected' | 'failed';
  readonly error?: FactoryError | undefined;
}

type Due = Omit<Collected, 'outcome' | 'error'>;
type Outcome = Pick<Collected, 'outcome' | 'error'>;

const TIMEOUT_SECONDS = 3600;
/** The network lets go of them within minutes. */
const GROUPS_TIMEOUT_SECONDS = 600;
/** Each removal is a dozen calls, and AWS slows down who calls too often. */
const AT_ONCE = 10;

/** What is due and what became of it. One that cannot be removed does not keep the others. */
export async function collectCopies(
  connection: AwsConnection,
  options: CollectOptions,
  progress: Progress,
): Promise<Collected[]> {
  const aws = withSignal(connection, options.signal);
  const due = await listDue(aws, options.nowMs);
  const collected: Collected[] = [];
  const queue = due.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) {
      collected[index] = { ...item, ...(await collect(aws, item, options, progress)) };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return collected;
}

async function listDue(aws: AwsConnection, nowMs: number): Promise<Due[]> {
  const [clusters, instances] = await Promise.all([listClusters(aws), listInstances(aws)]);
  const names = new Set(clusters.map(({ DBClusterIdentifier: id = '' }) => id.toLowerCase()));
  const leftovers = await listLeftovers(aws, (name) => names.has(name), nowMs);
  const copies = toCopies(clusters, instances).flatMap((copy): Due[] => {
    const reason = findReason(copy, nowMs);
    const { name, owner, expiresAt } = copy;
    return reason === undefined ? [] : [{ name, owner, expiresAt, reason, copy }];
  });
  const groups = leftovers.map((left: Leftovers): Due => ({ ...left, reason: 'orphaned', copy: undefined }));
  return [...copies, ...groups];
}

/** Undefined: it may live. */
function findReason({ expiresAt, making }: Copy, nowMs: number): DueReason | undefined {
  if (expiresAt !== undefined && Date.parse(expiresAt) <= nowMs) return 'expired';
  return making !== undefined && Date.parse(making.until) <= nowMs ? 'half-made' : undefined;
}

async function collect(
  aws: AwsConnection,
  { name, copy }: Due,
  { isDryRun, nowMs, signal, timeoutSeconds = TIMEOUT_SECONDS }: CollectOptions,
  progress: Progress,
): Promise<Outcome> {
  if (copy !== undefined && isProtected(copy, nowMs)) return { outcome: 'protected' };
  if (isDryRun) return { outcome: 'due' };
  try {
    if (copy === undefined) return await collectGroups(aws, name, signal, progress);
    // It may have been extended, protected or made anew since it was listed.
    const now = await findCopy(aws, name);
    if (now === undefined || now.resourceId !== copy.resourceId) return { outcome: 'elsewhere' };
    if (isProtected(now, nowMs) || findReason(now, nowMs) === undefined) return { outcome: 'protected' };
    const job = makeRemovalJob(aws, name, { signal, timeoutSeconds }, progress);
    if (!(await claimCopy(job))) return { outcome: 'elsewhere' };
    await removeGroups(job, copy.resourceId);
    return { outcome: 'removed' };
  } catch (error) {
    if (error instanceof FactoryError && error.code === 'INTERRUPTED') throw error;
    const job = makeRemovalJob(aws, name, { signal, timeoutSeconds }, progress);
    return { outcome: 'failed', error: await explainUnremoved(error, job) };
  }
}

async function collectGroups(
  aws: AwsConnection,
  name: string,
  signal: AbortSignal | undefined,
  progress: Progress,
): Promise<Outcome> {
  const job = makeRemovalJob(aws, name, { signal, timeoutSeconds: GROUPS_TIMEOUT_SECONDS }, progress);
  return { outcome: (await removeGroups(job)).length > 0 ? 'removed' : 'elsewhere' };
}

function isProtected({ protectedUntil }: Copy, nowMs: number): boolean {
  return protectedUntil !== undefined && Date.parse(protectedUntil) > nowMs;
}
