// What converging would do: found, missing, asked. Changes nothing.
import type { Mode } from '../artifact/spec.ts';
import { findCluster } from '../aws/rds.ts';
import { FactoryError } from '../errors.ts';
import type { CopyBuild } from './build.ts';
import { type Copy, describeCopy } from './copy.ts';
import { findDifferences, type PlannedDifference } from './differences.ts';
import { type Estimate, estimate } from './estimate.ts';
import type { GateEvents } from './gate/steps.ts';
import { listSteps } from './parts.ts';
import { listPlanWarnings } from './plan-warnings.ts';
import { prepareCopy } from './prepare.ts';
import type { ConvergeRequest } from './request.ts';
import type { CopySettings } from './settings.ts';
import { type FoundStep, findSteps } from './step.ts';

export interface Plan {
  readonly name: string;
  readonly mode: Mode;
  readonly sourceId: string;
  readonly owner: string;
  readonly steps: readonly PlannedStep[];
  readonly settings: CopySettings;
  /** Of a copy that is there already, from what is asked. */
  readonly differences: readonly PlannedDifference[];
  /** Networks that will be let in. */
  readonly cidrs: readonly string[];
  readonly warnings: readonly string[];
  readonly estimate: Estimate;
}

export interface PlannedStep {
  readonly phase: string;
  /** `keep`: it is there already. */
  readonly action: 'make' | 'keep';
}

/** Throws what converging would throw before it makes anything. */
export async function planCopy(request: ConvergeRequest): Promise<Plan> {
  const { build, isFullCopy, warnings } = await prepareCopy(request, () => {});
  const { steps, existing } = await findPlan(build, { onPasswordSent() {}, onPassed() {} });
  return {
    name: build.name,
    mode: request.mode,
    sourceId: build.liveSource.identity.clusterId,
    owner: build.owner,
    steps: steps.map(({ step, found }) => ({
      phase: step.phase,
      action: found === 'ours' ? 'keep' : 'make',
    })),
    settings: build.settings,
    differences: existing === undefined ? [] : await findDifferences(build),
    cidrs: build.cidrs,
    warnings: [...warnings, ...listPlanWarnings(request)],
    estimate: estimate(build.name, steps, isFullCopy),
  };
}

export interface FoundPlan {
  /** Without a gate where that is open already. */
  readonly build: CopyBuild;
  readonly steps: readonly FoundStep[];
  /** The copy as it was before; undefined: there is none. */
  readonly existing: Copy | undefined;
}

/** `keepsPassword`: a finished copy keeps the password that it has. */
export async function findPlan(
  prepared: CopyBuild,
  events: GateEvents,
  keepsPassword = false,
): Promise<FoundPlan> {
  const existing = await findExisting(prepared);
  const build = attach(prepared, existing, keepsPassword);
  const steps = await findSteps(listSteps(build, events));
  const foreign = steps.filter(({ found }) => found === 'foreign').map(({ step }) => step.phase);
  if (foreign.length > 0) {
    throw new FactoryError('NAME_TAKEN', `${foreign.join(' and ')} exists already and is not a copy's`, {
      hint: 'Choose another --name.',
    });
  }
  return { build, steps, existing };
}

/** What was opened stays open, and a password that Secrets Manager keeps stays there unless another one is asked for. */
function attach(prepared: CopyBuild, existing: Copy | undefined, keepsPassword: boolean): CopyBuild {
  const gate = existing?.gate === 'open' ? undefined : prepared.gate;
  const isKept = existing?.secretArn !== undefined && !prepared.isPasswordAsked && gate === undefined;
  const request = isKept ? { ...prepared.request, isPasswordManaged: true } : prepared.request;
  const isFinished = existing !== undefined && existing.making === undefined;
  return { ...prepared, gate, request, isPasswordOfOthers: keepsPassword && isFinished && !isKept };
}

async function findExisting(build: CopyBuild): Promise<Copy | undefined> {
  const cluster = await findCluster(build.aws, build.name);
  const copy = cluster && describeCopy(cluster, []);
  if (copy !== undefined) checkFits(copy, build);
  return copy;
}

/** A copy of that name may be somebody else's, or of another source. */
function checkFits(copy: Copy, { owner, settings, liveSource, name, gate }: CopyBuild): void {
  if (copy.owner !== owner) {
    throw new FactoryError('NAME_TAKEN', `the copy ${name} belongs to ${copy.owner}`, {
      hint: 'Choose another --name.',
    });
  }
  const [masked, masking] = [copy.maskingDigest ?? 'none', gate?.work.maskingDigest ?? 'none'];
  // Behind its gate a copy may get a corrected policy; its own records tell whether it is too late.
  const canChange = copy.gate === 'shut' && ![masked, masking].includes('none');
  const differences = [
    ['source', copy.sourceId, liveSource.identity.clusterId],
    ['mode', copy.mode, settings.mode],
    ['engine', copy.engine, settings.engine],
    ...(canChange ? [] : [['masking', masked, masking]]),
  ].filter(([, is, asked]) => is !== asked);
  if (copy.gate === 'shut' && gate === undefined) differences.push(['gate', 'shut', 'none']);
  if (differences.length === 0) return;
  const list = differences.map(([what, is, asked]) => `${what} is ${is}, asked ${asked}`).join('; ');
  throw new FactoryError('CONFLICT', `the copy ${name} exists with other settings: ${list}`, {
    hint: `Choose another --name, or remove it: db-artifact destroy ${name}`,
  });
}
