// Converging on one screen: prepare, look what is there, make what is missing, prove it.
import type { OwnedCluster } from '../aws/owned.ts';
import { getCluster, listInstances } from '../aws/rds.ts';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { CopyBuild } from './build.ts';
import { type Copy, describeCopy } from './copy.ts';
import { setExpiry } from './expiry.ts';
import { explainFailure, leaveToOthers, rollBack } from './failure.ts';
import { shutOut } from './gate/steps.ts';
import type { GateOutcome } from './gate/work.ts';
import { startHeartbeat } from './heartbeat.ts';
import {
  checkOwnTurn,
  finishMaking,
  isMadeByOther,
  isOtherRun,
  markAsMaking,
  takeOver,
  waitForOtherRun,
} from './making.ts';
import { listParts } from './parts.ts';
import { type FoundPlan, findPlan } from './plan.ts';
import { type Prepared, prepareCopy } from './prepare.ts';
import type { ConvergeRequest, ConvergeResult } from './request.ts';
import { runSteps, takeTiming } from './step.ts';
import { verifyCopy } from './verify.ts';
import { getOwnedCluster } from './wait-for-cluster.ts';

/** What one run has done so far. */
interface Run {
  readonly startMs: number;
  readonly prepared: Prepared;
  /** Phases of the things that it made. */
  readonly made: Set<string>;
  /** When RDS was last sent the password, of `performance.now()`. */
  sentMs?: number;
  outcome: GateOutcome;
}

/**
 * Makes the copy, or finds it, or goes on where an earlier run ended; every way the result has been proved usable. Of
 * several runs for one name the first makes it and the others wait for that.
 * Throws NAME_TAKEN, CONFLICT, IS_SOURCE, TIMED_OUT, INTERRUPTED and whatever AWS refuses.
 */
export async function convergeCopy(asked: ConvergeRequest, progress: Progress): Promise<ConvergeResult> {
  const startMs = performance.now();
  const died = new Set<string>();
  const request = { ...asked, isRunOver: (id: string) => died.has(id) || asked.isRunOver?.(id) === true };
  const found = await prepareCopy(request, progress);
  const prepared = { ...found, build: markAsMaking(found.build) };
  const run: Run = { startMs, prepared, made: new Set(), outcome: {} };
  for (let hasWaited = false; ; hasWaited = true) {
    const plan = await findOwnPlan(run, hasWaited);
    try {
      const nowMs = request.nowMs + performance.now() - startMs;
      if (isMadeByOther(plan.existing?.making, request, nowMs)) await letOtherRunEnd(plan.build, died);
      else return await makeCopy(plan, run);
    } catch (error) {
      if (!isOtherRun(error)) throw error;
    }
  }
}

async function letOtherRunEnd(build: CopyBuild, died: Set<string>): Promise<void> {
  try {
    await waitForOtherRun(build, (runId) => died.add(runId));
  } catch (error) {
    throw await explainFailure(error, build, new Set());
  }
}

/** After waiting for another run, what that finished keeps its password unless this one was given a password. */
async function findOwnPlan(run: Run, hasWaited: boolean): Promise<FoundPlan> {
  const events = {
    onPasswordSent() {
      run.sentMs = performance.now();
    },
    onPassed(passed: GateOutcome) {
      run.outcome = passed;
    },
  };
  const { build } = run.prepared;
  return await findPlan(build, events, hasWaited && !build.isPasswordAsked);
}

async function makeCopy({ build, steps, existing }: FoundPlan, run: Run): Promise<ConvergeResult> {
  const { made, prepared } = run;
  const preparing = takeTiming('prepare', run.startMs);
  const heartbeat = startHeartbeat(build);
  try {
    if (existing?.making !== undefined || existing?.gate === 'shut')
      await takeOver(build, await getOwnedCluster(build));
    const timings = await runSteps(steps, build, ({ phase }) => made.add(phase));
    const verifyMs = performance.now();
    const verified = await verifyCopy(build, run.sentMs);
    await heartbeat.stop();
    checkOwnTurn(verified.cluster, build);
    await finishMaking(build, verified.cluster);
    if (existing !== undefined) await setAskedExpiry(build, verified.cluster);
    const verifying = takeTiming('verify', verifyMs);
    return {
      copy: await getMadeCopy(build),
      connection: verified.connection,
      isNew: made.has(`cluster ${build.name}`),
      timings: [preparing, ...timings, verifying],
      warnings: [...prepared.warnings, ...listPasswordWarnings(build, existing), ...verified.warnings],
      masking: run.outcome.masking,
    };
  } catch (error) {
    await heartbeat.stop();
    if (isOtherRun(error)) throw error;
    throw await clearUp(error, { build, existing }, made);
  }
}

/** A copy that was there before keeps its end of life unless another is asked for. */
async function setAskedExpiry({ aws, request }: CopyBuild, cluster: OwnedCluster): Promise<void> {
  const { ttlSeconds, nowMs } = request;
  if (ttlSeconds !== undefined) await setExpiry(aws, cluster, ttlSeconds, nowMs);
}

/** Returns what to tell; what this run made is gone then, unless it can be resumed or is to be kept. */
async function clearUp(
  error: unknown,
  { build, existing }: Pick<FoundPlan, 'build' | 'existing'>,
  made: ReadonlySet<string>,
): Promise<FactoryError> {
  const explained = await explainFailure(error, build, made);
  if (isKept(error, build.request) || existing?.isKept) {
    await shutOut(build, build.request.keepFailed === true);
    await leaveToOthers(build);
    return explained;
  }
  if (existing !== undefined && existing.gate !== 'shut') {
    if (existing.making !== undefined) await leaveToOthers(build);
    return explained;
  }
  // A copy behind a shut gate is of no use to anyone, whoever began it.
  const removable = existing === undefined ? made : new Set(listParts(build).map(({ phase }) => phase));
  return await rollBack(build, removable, explained, existing !== undefined);
}

/** A copy that was only slow or was interrupted can be resumed, so it stays; one that was there before, always. */
function isKept(error: unknown, { keepFailed }: ConvergeRequest): boolean {
  const isResumable = error instanceof FactoryError && ['TIMED_OUT', 'INTERRUPTED'].includes(error.code);
  return keepFailed === true || isResumable;
}

async function getMadeCopy(build: CopyBuild): Promise<Copy> {
  const [cluster, instances] = await Promise.all([
    getCluster(build.aws, build.name),
    listInstances(build.aws, build.name),
  ]);
  const copy = describeCopy(cluster, instances);
  if (copy !== undefined) return copy;
  throw new FactoryError('REFUSED', `cluster ${build.name} lost its tags while it was made`);
}

/** Nobody can have learned the password of a copy that was never finished. */
function listPasswordWarnings(build: CopyBuild, existing: Copy | undefined): string[] {
  if (existing === undefined || existing.making !== undefined || existing.gate === 'shut') return [];
  if (build.isPasswordAsked || build.isPasswordOfOthers || build.request.isPasswordManaged) return [];
  return [`${build.name} was there already and its password is not known here, so it was given a new one`];
}
