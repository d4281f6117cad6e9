// One import under way: what it reports, how it is told to stop, and how it ended.
import { FactoryError, getMessage } from '../../errors.ts';
import { Fault } from '../faults.ts';
import type { ImportError, ImportPhase, ImportRequest, ImportStatus, ImportSummary } from './request.ts';
import { describeOrigin } from './source-url.ts';

export class ImportJob {
  readonly request: ImportRequest;
  /** The newest one that was asked for. */
  masterVerifier: string;
  readonly #phases = new Map<string, ImportPhase>();
  readonly #abort = new AbortController();
  #state: ImportStatus['state'] = 'checking';
  #summary: ImportSummary | undefined;
  #error: ImportError | undefined;

  constructor(request: ImportRequest) {
    this.request = request;
    this.masterVerifier = request.masterVerifier;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isOver(): boolean {
    return this.#state === 'done' || this.#state === 'failed';
  }

  get status(): ImportStatus {
    return {
      clusterId: this.request.clusterId,
      from: describeOrigin(this.request.origin),
      state: this.#state,
      phases: [...this.#phases.values()],
      summary: this.#summary,
      error: this.#error,
    };
  }

  /** Runs a part of the work under a name; what `work` returns last as a text is its outcome. */
  async during<T>(phase: string, work: (report: (detail: string) => void) => Promise<T>): Promise<T> {
    this.checkGoingOn();
    this.#phases.set(phase, { phase, state: 'started' });
    let last: string | undefined;
    try {
      const result = await work((detail) => {
        last = detail;
        this.#phases.set(phase, { phase, state: 'waiting', detail });
      });
      this.checkGoingOn();
      this.#phases.set(phase, { phase, state: 'done', detail: last });
      return result;
    } catch (error) {
      this.#phases.set(phase, { phase, state: 'failed', detail: last });
      throw this.signal.aborted ? this.describeAbort() : error;
    }
  }

  checkGoingOn(): void {
    if (this.signal.aborted) throw this.describeAbort();
  }

  begin(): void {
    this.#state = 'importing';
  }

  finish(summary: ImportSummary): void {
    this.#summary = summary;
    this.#state = 'done';
  }

  fail(thrown: unknown): void {
    if (this.isOver) return;
    this.#error = toImportError(thrown);
    this.#state = 'failed';
  }

  describeAbort(): FactoryError {
    return new FactoryError('INTERRUPTED', `the import ${this.signal.reason}`, {
      hint: 'Nothing of it is left. The same command starts again.',
    });
  }

  /** `why` ends the sentence `the import ...`. */
  abort(why: string): void {
    this.#abort.abort(why);
  }
}

function toImportError(thrown: unknown): ImportError {
  if (thrown instanceof FactoryError) {
    const { code, message, hint, problems } = thrown;
    return { code, message, hint, problems };
  }
  const isTaken = thrown instanceof Fault && /AlreadyExists/.test(thrown.code);
  return { code: isTaken ? 'NAME_TAKEN' : 'OPERATION_FAILED', message: getMessage(thrown), problems: [] };
}
