// Turns what was thrown into words and into a document. Prints nothing.
import { FactoryError, getMessage } from '../errors.ts';

/** What was being worked on. */
export interface ErrorPlace {
  readonly phase?: string | undefined;
  readonly copy?: string | undefined;
  /** The publisher's, shown when converging failed. */
  readonly contact?: string | undefined;
  readonly nextSteps?: readonly string[] | undefined;
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
    nextSteps: place.nextSteps ?? [],
    docs: `docs/errors.md#${error.code.toLowerCase()}`,
  };
}

function formatStacks(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return [error.stack ?? String(error), ...formatStacks(error.cause).map((line) => `caused by ${line}`)];
}
