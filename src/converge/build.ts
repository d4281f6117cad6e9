// What the steps of one converging share, beyond what destroying shares: the settings, and who lets whom in.
import type { Tag } from '../aws/types.ts';
import type { Gate } from './gate/gate.ts';
import type { ConvergeRequest } from './request.ts';
import type { CopySettings } from './settings.ts';
import type { LiveSource } from './source.ts';
import type { Job } from './step.ts';

export interface CopyBuild extends Job {
  readonly request: ConvergeRequest;
  readonly settings: CopySettings;
  readonly liveSource: LiveSource;
  readonly owner: string;
  readonly tags: readonly Tag[];
  readonly vpcId: string;
  /** Networks that may connect, `client` replaced. */
  readonly cidrs: readonly string[];
  /** The one asked for, or a generated one. */
  readonly password: string;
  readonly isPasswordAsked: boolean;
  /** Another run has just made the copy and knows its password; nobody asked for another one. */
  readonly isPasswordOfOthers: boolean;
  /** What must be done in the database before anyone else reaches it; undefined: nothing. */
  readonly gate: Gate | undefined;
}
