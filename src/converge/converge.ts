// Converging on one screen: prepare, look what is there, make what is missing, prove it.
import { getCluster, listInstances } from '../aws/rds.ts';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { CopyBuild } from './build.ts';
import { type Copy, describeCopy } from './copy.ts';
import { explainFailure, rollBack } from './failure.ts';
import { shutOut } from './gate-steps.ts';
import type { GateOutcome } from './gate-work.ts';
import { listParts } from './parts.ts';
import { findPlan } from './plan.ts';
import { prepareCopy } from './prepare.ts';
import type { ConvergeRequest, ConvergeResult } from './request.ts';
import { runSteps, takeTiming } from './step.ts';
import { verifyCopy } from './verify.ts';

/**
 * Makes the copy, or finds it, or goes on where an earlier run ended; every way the result has been proved usable.
 * Throws NAME_TAKEN, CONFLICT, IS_SOURCE, TIMED_OUT, INTERRUPTED and whatever AWS refuses.
 */
export async function convergeCopy(request: ConvergeRequest, progress: Progress): Promise<ConvergeResult> {
  const startMs = performance.now();
  const prepared = await prepareCopy(request, progress);
  let sentMs: number | undefined;
  let outcome: GateOutcome = {};
  const { build, steps, existing } = await findPlan(prepared.build, {
    onPasswordSent() {
      sentMs = performance.now();
    },
    onPassed(passed) {
      outcome = passed;
    },
  });
  const preparing = takeTiming('prepare', startMs);
  const made = new Set<string>();
  try {
    const timings = await runSteps(steps, build, ({ phase }) => made.add(phase));
    const verifyMs = performance.now();
    const verified = await verifyCopy(build, sentMs);
    const verifying = takeTiming('verify', verifyMs);
    return {
      copy: await getMadeCopy(build),
      connection: verified.connection,
      isNew: made.has(`cluster ${build.name}`),
      timings: [preparing, ...timings, verifying],
      warnings: [...prepared.warnings, ...listPasswordWarnings(build, existing), ...verified.warnings],
      masking: outcome.masking,
    };
  } catch (error) {
    const explained = await explainFailure(error, build, made);
    if (isKept(error, request)) {
      await shutOut(build);
      throw explained;
    }
    if (existing !== undefined && existing.gate !== 'shut') throw explained;
    // A copy behind a shut gate is of no use to anyone, whoever began it.
    const removable = existing === undefined ? made : new Set(listParts(build).map(({ phase }) => phase));
    throw await rollBack(build, removable, explained, existing !== undefined);
  }
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

function listPasswordWarnings(build: CopyBuild, existing: Copy | undefined): string[] {
  if (existing === undefined || existing.gate === 'shut') return [];
  if (build.isPasswordAsked || build.request.isPasswordManaged) return [];
  return [`${build.name} was there already and its password is not known here, so it was given a new one`];
}
