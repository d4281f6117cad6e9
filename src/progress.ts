// What long work reports while it runs. Data only: commands/output.ts decides how a person or a program sees it.

export type PhaseState = 'started' | 'waiting' | 'done' | 'skipped' | 'failed';

export interface PhaseEvent {
  readonly type: 'phase';
  /** A short noun phrase that stays the same from start to end, such as `cluster shop-alice`. */
  readonly phase: string;
  readonly state: PhaseState;
  /** What it waits for or what came out, such as `status creating`. */
  readonly detail?: string | undefined;
}

export interface WarningEvent {
  readonly type: 'warning';
  readonly message: string;
}

export type ProgressEvent = PhaseEvent | WarningEvent;

export type Progress = (event: ProgressEvent) => void;
