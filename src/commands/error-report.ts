// Turns what was thrown into words and into a document. Prints nothing.
import { type ErrorCode, FactoryError, getMessage } from '../errors.ts';

/** What was being worked on. */
export interface ErrorPlace {
  readonly phase?: string | undefined;
  readonly copy?: string | undefined;
  /** The command that goes on where this one ended; default: converging. */
  readonly again?: string | undefined;
  /** The publisher's, shown when converging failed. */
  readonly contact?: string | undefined;
}

/** What the system refuses is no fault of this tool; anything else that is no FactoryError is. */
export function describeError(thrown: unknown): FactoryError {
  if (thrown instanceof FactoryError) return thrown;
  const { code, syscall } = (thrown ?? {}) as NodeJS.ErrnoException;
  if (code && syscall) {
    return new FactoryError(code === 'ENOSPC' ? 'DISK_FULL' : 'OPERATION_FAILED', getMessage(thrown), {
      cause: thrown,
    });
  }
  return new FactoryError('BUG', `unexpected: ${getMessage(thrown)}`, {
    cause: thrown,
    hint: 'Run it again with --debug and report what it shows.',
  });
}

export function formatErrorText(error: FactoryError, isDebug: boolean): string {
  const lines = [`error: ${error.message}`, ...error.problems.map((problem) => `  ${problem}`)];
  if (error.hint) lines.push(`Hint: ${error.hint}`);
  if (isDebug) lines.push(...formatStacks(error));
  return lines.join('\n');
}

export function toErrorDocument(error: FactoryError, place: ErrorPlace): Readonly<Record<string, unknown>> {
  return {
    status: error.exitStatus,
    code: error.code,
    message: error.message,
    problems: error.problems,
    hint: error.hint ?? null,
    phase: place.phase ?? null,
    copy: place.copy ?? null,
    contact: place.contact ?? null,
    nextSteps: listNextSteps(error.code, place),
    docs: `docs/errors.md#${error.code.toLowerCase()}`,
  };
}

/** Commands that a program or a person can run next. */
function listNextSteps(code: ErrorCode, { copy, again: asked }: ErrorPlace): readonly string[] {
  const onCopy = (verb: string) => (copy === undefined ? [] : [`db-artifact ${verb} ${copy}`]);
  const again = copy === undefined ? [] : [asked ?? `db-artifact converge --name ${copy}`];
  switch (code) {
    case 'TIMED_OUT':
    case 'INTERRUPTED':
      return [...new Set([...again, ...onCopy('show'), ...onCopy('destroy')])];
    case 'NOT_FOUND':
    case 'NAME_TAKEN':
      return ['db-artifact list'];
    case 'CONFLICT':
      return [...onCopy('show'), ...onCopy('destroy')];
    case 'QUOTA_EXCEEDED':
      return ['db-artifact list', 'db-artifact gc'];
    case 'REFUSED':
    case 'IS_SOURCE':
      return ['db-artifact list'];
    case 'NOT_AUTHORIZED':
      return ['db-artifact doctor', 'db-artifact iam-policy consumer'];
    case 'NOT_AUTHENTICATED':
    case 'NETWORK_FAILED':
    case 'ENGINE_MISSING':
      return ['db-artifact doctor'];
    case 'BAD_INVOCATION':
      return ['db-artifact --help'];
    default:
      return again;
  }
}

function formatStacks(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return [error.stack ?? String(error), ...formatStacks(error.cause).map((line) => `caused by ${line}`)];
}
