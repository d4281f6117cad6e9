// After a failure: what AWS said happened, what is left and costs money, and the way back.
import type { AwsConnection } from '../aws/connect.ts';
import { withSignal } from '../aws/connect.ts';
import { readTags } from '../aws/owned.ts';
import { listEvents } from '../aws/rds.ts';
import { type ErrorDetails, FactoryError, getMessage, wrapError } from '../errors.ts';
import type { CopyBuild } from './build.ts';
import { letGo } from './making.ts';
import { getWriterId } from './names.ts';
import { listParts } from './parts.ts';
import { type Part, removeParts } from './step.ts';
import { findOwnedCluster } from './wait-for-cluster.ts';

const EVENT_MINUTES = 60;
const LAST_EVENTS = 5;
const ROLLBACK_MS = 30 * 60_000;

/** Adds the last events of RDS (failures there are not exceptions) and how to go on. */
export async function explainFailure(
  thrown: unknown,
  build: CopyBuild,
  made: ReadonlySet<string>,
): Promise<FactoryError> {
  const error =
    thrown instanceof FactoryError ? thrown : wrapError(`converging ${build.name}`, thrown, 'BUG');
  if (error.code === 'INTERRUPTED') return withDetails(error, build, made, []);
  return withDetails(error, build, made, await listLastEvents(build.aws, build.name));
}

function withDetails(
  error: FactoryError,
  { name }: CopyBuild,
  made: ReadonlySet<string>,
  events: readonly string[],
): FactoryError {
  const isResumable = error.code === 'TIMED_OUT' || error.code === 'INTERRUPTED';
  const left = isResumable && made.size > 0 ? [`left in place and billed: ${[...made].join(', ')}`] : [];
  const hint = isResumable
    ? `The same command goes on from here; db-artifact destroy ${name} removes it.`
    : error.hint;
  return copyError(error, { hint, problems: [...error.problems, ...events, ...left] });
}

/** What can be resumed need not wait for this run to be given up; that it cannot be said is no reason to fail. */
export async function leaveToOthers(build: CopyBuild): Promise<void> {
  const aws = withoutSignal(build.aws);
  try {
    const cluster = await findOwnedCluster({ ...build, aws });
    if (cluster !== undefined) await letGo({ ...build, aws }, cluster);
  } catch {
    // the tag itself says until when
  }
}

/** Removes what this run made and nothing else; says so in the error, or what could not be removed. */
export async function rollBack(
  build: CopyBuild,
  made: ReadonlySet<string>,
  error: FactoryError,
  isShut = false,
): Promise<FactoryError> {
  const aws = withoutSignal(build.aws);
  const job = { ...build, aws, signal: undefined, deadlineMs: performance.now() + ROLLBACK_MS };
  try {
    const mine = await listMine(job, made, isShut);
    if (mine.length === 0) return error;
    await removeParts(mine, job);
    const removed = `removed again: ${mine.map(({ phase }) => phase).join(', ')}`;
    return copyError(error, { problems: [...error.problems, removed] });
  } catch (failure) {
    return copyError(error, {
      hint: `db-artifact destroy ${build.name} removes what is left.`,
      problems: [
        ...error.problems,
        `rolling back failed, some of it may still be billed: ${getMessage(failure)}`,
      ],
    });
  }
}

/** A create that failed may have made something all the same, so the cluster's own tag tells whose it is. */
async function listMine(job: CopyBuild, made: ReadonlySet<string>, isShut: boolean): Promise<Part[]> {
  const cluster = await findOwnedCluster(job);
  // A cluster that another run made needs its groups, and keeps its instances.
  if (!isShut && cluster !== undefined && readTags(cluster.TagList)['run'] !== job.request.runId) return [];
  return listParts(job).filter(({ phase, stage }) => made.has(phase) || (cluster !== undefined && stage > 0));
}

async function listLastEvents(aws: AwsConnection, name: string): Promise<string[]> {
  const lists = await Promise.allSettled([
    listEvents(aws, 'db-cluster', name, EVENT_MINUTES),
    listEvents(aws, 'db-instance', getWriterId(name), EVENT_MINUTES),
  ]);
  // An endpoint that keeps no events, or a caller who may not read them, must not hide the failure itself.
  return lists
    .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
    .slice(-LAST_EVENTS)
    .map(
      ({ Date: date, SourceIdentifier, Message }) => `${date?.toISOString()} ${SourceIdentifier}: ${Message}`,
    );
}

function withoutSignal(aws: AwsConnection): AwsConnection {
  return withSignal({ ...aws, signal: undefined }, undefined);
}

function copyError(error: FactoryError, details: ErrorDetails): FactoryError {
  return new FactoryError(error.code, error.message, { hint: error.hint, cause: error.cause, ...details });
}
