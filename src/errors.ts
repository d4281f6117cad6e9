// The one error class of the product, and the one table of its codes and exit statuses.
// Knows nothing of any part: everything may import it.

/** Exit statuses of the command line; a number is never reused for another meaning. */
export const EXIT = {
  done: 0,
  failed: 1,
  invalid: 2,
  notFound: 3,
  notAuthorized: 4,
  timedOut: 5,
  refused: 6,
  conflict: 7,
  differences: 8,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** Every error code: its exit status and the sentence that the documentation gives for it. */
export const ERROR_CODES = {
  OPERATION_FAILED: { exit: EXIT.failed, meaning: 'An operation was tried and failed.' },
  AWS_FAILED: { exit: EXIT.failed, meaning: 'An AWS call failed for a reason that has no code of its own.' },
  NETWORK_FAILED: { exit: EXIT.failed, meaning: 'A server could not be reached.' },
  DATABASE_FAILED: { exit: EXIT.failed, meaning: 'A database refused a connection or a statement.' },
  CHILD_FAILED: { exit: EXIT.failed, meaning: 'A program that was run ended with an error.' },
  IMAGE_DAMAGED: { exit: EXIT.failed, meaning: 'An image or a part of it does not match its digest.' },
  STORE_FAILED: { exit: EXIT.failed, meaning: 'An image store could not be read or written.' },
  STORAGE_FAILED: { exit: EXIT.failed, meaning: 'The storage of the local RDS could not be used.' },
  STATE_DAMAGED: { exit: EXIT.failed, meaning: 'A state file of the local RDS cannot be read.' },
  ENGINE_FAILED: { exit: EXIT.failed, meaning: 'A database engine did not start or stopped.' },
  ENGINE_MISSING: { exit: EXIT.failed, meaning: 'No usable database engine was found.' },
  QUOTA_EXCEEDED: { exit: EXIT.failed, meaning: 'A quota or a capacity limit of the account is reached.' },
  DISK_FULL: { exit: EXIT.failed, meaning: 'There is no room on the disk.' },
  BAD_INVOCATION: { exit: EXIT.invalid, meaning: 'The command line or an environment variable is wrong.' },
  BAD_CONFIGURATION: { exit: EXIT.invalid, meaning: 'The INI file or a file it names is wrong.' },
  NOT_SUPPORTED: { exit: EXIT.invalid, meaning: 'What was asked is not supported here.' },
  ARTIFACT_TOO_NEW: { exit: EXIT.invalid, meaning: 'The artifact needs a newer version of this tool.' },
  NOT_FOUND: { exit: EXIT.notFound, meaning: 'A named thing does not exist.' },
  NOT_AUTHENTICATED: { exit: EXIT.notAuthorized, meaning: 'There are no valid credentials.' },
  NOT_AUTHORIZED: { exit: EXIT.notAuthorized, meaning: 'The credentials do not permit a call.' },
  TIMED_OUT: { exit: EXIT.timedOut, meaning: 'A deadline passed; the work goes on and can be resumed.' },
  REFUSED: { exit: EXIT.refused, meaning: 'A rule forbids it: protected, or not ours.' },
  IS_SOURCE: { exit: EXIT.refused, meaning: 'The target is the source; nothing is ever done to a source.' },
  NAME_TAKEN: { exit: EXIT.conflict, meaning: 'The name belongs to something else.' },
  CONFLICT: { exit: EXIT.conflict, meaning: 'It exists with other settings, or is busy.' },
  ALREADY_RUNNING: { exit: EXIT.conflict, meaning: 'Another server uses the same data folder or port.' },
  BUG: { exit: EXIT.bug, meaning: 'A fault of this tool; please report it.' },
  INTERRUPTED: { exit: EXIT.interrupted, meaning: 'Ctrl-C; the same command resumes.' },
} as const satisfies Record<string, { exit: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What to do next, one sentence, shown as `Hint: ...`. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Every problem, where there are several: one line each, already with its place. */
  readonly problems?: readonly string[] | undefined;
}

/** An error that a person can act on: a code, a sentence, a hint, and what caused it. */
export class FactoryError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'FactoryError';
    this.code = code;
    this.hint = details.hint;
    this.problems = details.problems ?? [];
  }

  get exitStatus(): number {
    return ERROR_CODES[this.code].exit;
  }
}

/** The message of anything that was thrown. */
export function getMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Says what was being done when `thrown` happened; keeps a FactoryError's code and hint. */
export function wrapError(
  doing: string,
  thrown: unknown,
  code: ErrorCode = 'OPERATION_FAILED',
): FactoryError {
  const message = `${doing}: ${getMessage(thrown)}`;
  if (!(thrown instanceof FactoryError)) return new FactoryError(code, message, { cause: thrown });
  return new FactoryError(thrown.code, message, {
    hint: thrown.hint,
    problems: thrown.problems,
    cause: thrown,
  });
}
