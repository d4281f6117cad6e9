// A plan is a list of steps. Progress, dry run, resume, rollback and destroy come from the same list.
// Knows no resource: each has a file of its own.
import type { AwsConnection } from '../aws/connect.ts';
import type { SourceIdentity } from '../aws/owned.ts';
import { FactoryError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { Timing } from './request.ts';

/** What every step of one run shares. */
export interface Job {
  readonly aws: AwsConnection;
  /** Of the copy, and of everything made for it. */
  readonly name: string;
  /** Undefined only where the copy's own tags are all that is known. */
  readonly source: SourceIdentity | undefined;
  /** Of `performance.now()`. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly progress: Progress;
}

/** `foreign`: something of that name that is not this copy's. */
export type Found = 'missing' | 'ours' | 'foreign';

/** Something of a copy that can be found and removed by the copy's name alone. */
export interface Part {
  /** A noun phrase such as `cluster shop-alice`. */
  readonly phase: string;
  /** Parts of one stage do not need each other. */
  readonly stage: number;
  /** As long as it is there it costs money. */
  readonly isBilled: boolean;
  find(): Promise<Found>;
  /**
   * Until it is gone; safe when it is gone already. Touches nothing that is not proved to be the copy's. Not waiting, it
   * is asked for once, and what is still in use stays for the next time. Of several runs that remove one thing, the
   * answer is true for the one whose call did it.
   */
  remove(waits: boolean): Promise<boolean>;
}

export interface Step {
  readonly phase: string;
  readonly stage: number;
  find(): Promise<Found>;
  /** Starts making it; may meet what a retried or concurrent call has made. */
  make(): Promise<void>;
  /** Until the next stage can use it. */
  wait(): Promise<void>;
}

export interface FoundStep {
  readonly step: Step;
  readonly found: Found;
}

/** Looks for everything at once; changes nothing. */
export async function findSteps(steps: readonly Step[]): Promise<FoundStep[]> {
  return await Promise.all(steps.map(async (step) => ({ step, found: await step.find() })));
}

/** Makes what is missing, stage by stage, and waits for each. `onMade` learns of each thing before it is waited for. */
export async function runSteps(
  steps: readonly FoundStep[],
  job: Job,
  onMade: (step: Step) => void,
): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (const stage of groupByStage(steps, ({ step }) => step.stage)) {
    const results = await Promise.allSettled(
      stage.map(async ({ step, found }) => {
        const startMs = performance.now();
        await runStep(step, found, job, onMade);
        timings.push(takeTiming(step.phase, startMs));
      }),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
  return timings;
}

/** How long a phase took that began at `startMs` of this process's clock, in seconds to the millisecond. */
export function takeTiming(phase: string, startMs: number): Timing {
  return { phase, seconds: Math.round(performance.now() - startMs) / 1000 };
}

async function runStep(step: Step, found: Found, job: Job, onMade: (step: Step) => void): Promise<void> {
  const { phase } = step;
  job.progress({ type: 'phase', phase, state: 'started' });
  try {
    if (found === 'foreign') throw makeTakenError(phase);
    if (found === 'missing') await makeOrAdopt(step, onMade);
    await step.wait();
  } catch (error) {
    job.progress({ type: 'phase', phase, state: 'failed', detail: String((error as Error).message) });
    throw error;
  }
  job.progress({ type: 'phase', phase, state: 'done', ...(found === 'ours' ? { detail: 'was there' } : {}) });
}

/**
 * RDS has no client token: a retried create answers that the thing exists already, as does one that lost a race.
 * Its tags say whether it is this copy's.
 */
async function makeOrAdopt(step: Step, onMade: (step: Step) => void): Promise<void> {
  try {
    await step.make();
    onMade(step);
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
    if ((await step.find()) !== 'ours') throw makeTakenError(step.phase, error);
  }
}

function isAlreadyThere(error: unknown): boolean {
  return error instanceof FactoryError && error.code === 'NAME_TAKEN';
}

function makeTakenError(phase: string, cause?: unknown): FactoryError {
  return new FactoryError('NAME_TAKEN', `${phase} exists and is not this copy's`, {
    hint: 'Choose another --name, or remove what has the name.',
    cause,
  });
}

/** In ascending order. */
export function groupByStage<T>(items: readonly T[], getStage: (item: T) => number): T[][] {
  const stages = [...new Set(items.map(getStage))].sort((one, other) => one - other);
  return stages.map((stage) => items.filter((item) => getStage(item) === stage));
}

/**
 * Removes parts from the last stage to the first; reports what could not be removed only after trying the rest of its
 * stage. Returns the phases of the parts that this very call removed.
 */
export async function removeParts(
  parts: readonly Part[],
  job: Pick<Job, 'progress'>,
  waits = true,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const stage of groupByStage(parts, (part) => -part.stage)) {
    const results = await Promise.allSettled(stage.map(async (part) => await removePart(part, job, waits)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    removed.push(...stage.filter((_, index) => isTrue(results[index])).map(({ phase }) => phase));
  }
  return removed;
}

function isTrue(result: PromiseSettledResult<boolean> | undefined): boolean {
  return result?.status === 'fulfilled' && result.value;
}

async function removePart(part: Part, { progress }: Pick<Job, 'progress'>, waits: boolean): Promise<boolean> {
  const phase = `remove ${part.phase}`;
  progress({ type: 'phase', phase, state: 'started' });
  try {
    const isOurs = await part.remove(waits);
    progress({ type: 'phase', phase, state: 'done' });
    return isOurs;
  } catch (error) {
    progress({ type: 'phase', phase, state: 'failed', detail: String((error as Error).message) });
    throw error;
  }
}
