// Who is at work on a copy that is not finished, told by its tag `making`: until when a run may work on it, which run, and
// when it last showed that it lives. It keeps runs of other machines from working on one copy at once, and tells `gc` what
// was left half made.
import { addClusterTags, removeClusterTags } from '../aws/groups.ts';
import { checkOwnedCluster, type OwnedCluster, readTags, TAG_PREFIX } from '../aws/owned.ts';
import { findCluster } from '../aws/rds.ts';
import type { DBCluster } from '../aws/types.ts';
import { type Look, waitUntil } from '../aws/wait.ts';
import { FactoryError } from '../errors.ts';
import type { CopyBuild } from './build.ts';
import { makeWaitOptions } from './busy.ts';
import { type ConvergeRequest, DEFAULT_PATIENCE } from './request.ts';
import { formatTime, type Making, makeTag, parseMaking } from './tags.ts';

/** A run may be told to return at once, and its copy be finished by a later one. */
const SHORTEST_SECONDS = 3600;
/** A run that misses so many signs of life has died. Counted by the clock of whoever waits: clocks of machines differ. */
const MISSED_BEATS = 3;

function formatMaking({ nowMs, timeoutSeconds, runId }: ConvergeRequest): string {
  return `${getUntil(nowMs, timeoutSeconds)} ${runId}`;
}

function getUntil(nowMs: number, timeoutSeconds: number): string {
  return formatTime(nowMs + Math.max(timeoutSeconds, SHORTEST_SECONDS) * 1000);
}

/** What this run makes begins its life as its own. */
export function markAsMaking(build: CopyBuild): CopyBuild {
  return { ...build, tags: [...build.tags, makeTag('making', formatMaking(build.request))] };
}

/** Undefined: it is finished. */
export function readMaking({ TagList }: Pick<DBCluster, 'TagList'>): Making | undefined {
  return parseMaking(readTags(TagList)['making']);
}

/** Thrown where another run turns out to have made the cluster first. */
const OTHER_RUN = new Error('another run is making it');

export function isOtherRun(error: unknown): boolean {
  return error instanceof FactoryError && error.cause === OTHER_RUN;
}

/** Throws what `isOtherRun` knows. */
export function checkOwnTurn(cluster: DBCluster, { request, name }: CopyBuild): void {
  if (!isMadeByOther(readMaking(cluster), request, request.nowMs)) return;
  throw new FactoryError('CONFLICT', `another run is making ${name}`, { cause: OTHER_RUN });
}

/** A run that has let go, is over, or has died leaves the copy to the next. */
export function isMadeByOther(
  making: Making | undefined,
  { runId, isRunOver }: Pick<ConvergeRequest, 'runId' | 'isRunOver'>,
  nowMs: number,
): boolean {
  if (making?.runId === undefined || making.runId === runId) return false;
  return Date.parse(making.until) > nowMs && !isRunOver?.(making.runId);
}

/** Until the copy is finished, gone, or left to others; or its run has died, which `onDied` is then told. */
export async function waitForOtherRun(build: CopyBuild, onDied: (runId: string) => void): Promise<void> {
  const { name, request } = build;
  const startMs = performance.now();
  const hasFallenSilent = watchSigns(getBeatMs(request) * MISSED_BEATS);
  const phase = `other run that makes ${name}`;
  build.progress({ type: 'phase', phase, state: 'started' });
  const look = async (): Promise<Look<true>> => {
    const cluster = await findCluster(build.aws, name);
    const making = cluster && readMaking(checkOwnedCluster(cluster, name, build.source));
    const nowMs = request.nowMs + performance.now() - startMs;
    if (cluster?.Status === 'deleting') return { state: 'pending', detail: 'it is being removed' };
    if (!isMadeByOther(making, request, nowMs)) return { state: 'ready', value: true };
    if (making?.runId !== undefined && hasFallenSilent(making)) {
      onDied(making.runId);
      return { state: 'ready', value: true };
    }
    return { state: 'pending', detail: `status ${cluster?.Status}, ${describeLife(making)}` };
  };
  await waitUntil(look, makeWaitOptions(build, phase));
  build.progress({ type: 'phase', phase, state: 'done' });
}

/** Whether the same sign has been seen for so long; of a run that gives none nothing is known. */
function watchSigns(silenceMs: number): (making: Making) => boolean {
  let last: string | undefined;
  let sinceMs = 0;
  return ({ runId, seen }) => {
    const sign = `${runId} ${seen}`;
    if (sign !== last) {
      last = sign;
      sinceMs = performance.now();
    }
    return seen !== undefined && performance.now() - sinceMs >= silenceMs;
  };
}

function describeLife(making: Making | undefined): string {
  if (making?.seen === undefined) return `it may take until ${making?.until}`;
  return `its run was alive at ${making.seen}; silent, it is given up`;
}

export function getBeatMs({ patience }: ConvergeRequest): number {
  return patience?.beatMs ?? DEFAULT_PATIENCE.beatMs;
}

/** Says that this run is alive at `nowMs`. False: another run has the copy now, or it is finished. */
export async function showAlive(build: CopyBuild, nowMs: number): Promise<boolean> {
  const { aws, name, source, request } = build;
  const cluster = await findCluster(aws, name);
  if (cluster === undefined) return true; // it is not there yet
  const own = checkOwnedCluster(cluster, name, source);
  if (readMaking(own)?.runId !== request.runId) return false;
  const making = `${getUntil(nowMs, request.timeoutSeconds)} ${request.runId} ${formatTime(nowMs)}`;
  await addClusterTags(aws, own, [makeTag('making', making)]);
  return true;
}

/** From now on this run is the one that makes it. */
export async function takeOver(build: CopyBuild, cluster: OwnedCluster): Promise<void> {
  await addClusterTags(build.aws, cluster, [makeTag('making', formatMaking(build.request))]);
}

/** The copy is not finished, and the next run need not wait for this one. */
export async function letGo(build: CopyBuild, cluster: OwnedCluster): Promise<void> {
  const { nowMs, timeoutSeconds, runId } = build.request;
  if (readMaking(cluster)?.runId !== runId) return;
  await addClusterTags(build.aws, cluster, [makeTag('making', getUntil(nowMs, timeoutSeconds))]);
}

export async function finishMaking(build: CopyBuild, cluster: OwnedCluster): Promise<void> {
  if (readMaking(cluster) !== undefined) await removeClusterTags(build.aws, cluster, [`${TAG_PREFIX}making`]);
}
