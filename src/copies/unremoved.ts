// After a removal that failed or ran out of time: what is left of the copy, what of it is billed, and the way on.
import { withSignal } from '../aws/connect.ts';
import { listParts } from '../converge/parts.ts';
import type { Job, Part } from '../converge/step.ts';
import { FactoryError, wrapError } from '../errors.ts';

const GOES_ON = 'The same command goes on from here.';
/** Nothing is asked of AWS when it cannot be reached, or nobody wants to wait any more. */
const ASKS_NO_MORE = ['INTERRUPTED', 'NETWORK_FAILED', 'NOT_AUTHENTICATED'];
/** What has the name is not the copy's. */
const NOT_OURS = ['REFUSED', 'IS_SOURCE'];

export async function explainUnremoved(thrown: unknown, job: Job): Promise<FactoryError> {
  const error = thrown instanceof FactoryError ? thrown : wrapError(`removing ${job.name}`, thrown, 'BUG');
  const { code, message, cause } = error;
  if (NOT_OURS.includes(code)) return error;
  const left = ASKS_NO_MORE.includes(code) ? [] : await listLeft(job);
  const hint = error.hint?.includes('same command') ? error.hint : [error.hint, GOES_ON].join(' ').trim();
  return new FactoryError(code, message, { hint, cause, problems: [...error.problems, ...left] });
}

async function listLeft(job: Job): Promise<readonly string[]> {
  const aws = withSignal({ ...job.aws, signal: undefined }, undefined);
  const parts = listParts({ ...job, aws, signal: undefined });
  const left: Part[] = [];
  for (const part of parts.reverse()) {
    const found = await part.find().catch(() => 'missing'); // not being told must not hide the failure itself
    if (found === 'ours') left.push(part);
  }
  return [
    ...describe(
      'still there and billed',
      left.filter(({ isBilled }) => isBilled),
    ),
    ...describe(
      'still there, not billed',
      left.filter(({ isBilled }) => !isBilled),
    ),
  ];
}

function describe(what: string, parts: readonly Part[]): readonly string[] {
  return parts.length === 0 ? [] : [`${what}: ${parts.map(({ phase }) => phase).join(', ')}`];
}
