// What is asked of converging, and what comes out.
import type { Artifact } from '../artifact/artifact.ts';
import type { ArtifactContent } from '../artifact/artifact-content.ts';
import type { Mode } from '../artifact/spec.ts';
import type { AwsConnection } from '../aws/connect.ts';
import type { Connection } from './connection.ts';
import type { Copy } from './copy.ts';
import type { MaskingReport } from './masking/report.ts';

export interface ConvergeRequest {
  readonly aws: AwsConnection;
  readonly artifact: Artifact;
  /** What the artifact carries beside its document; must be there when the artifact asks for it. */
  readonly content?: ArtifactContent | undefined;
  /** Gives the folder with Liquibase, where the artifact has a changelog. */
  readonly openLiquibase?: (() => Promise<string>) | undefined;
  /** Of the image that the artifact came from; kept in a tag. */
  readonly artifactDigest?: string | undefined;
  /** Default: `<source>-<owner>`. */
  readonly name?: string | undefined;
  readonly mode: Mode;
  /** Default: a generated one when the copy is new, or when nobody here knows it. */
  readonly password?: string | undefined;
  /** Secrets Manager makes, keeps and rotates the password; nobody here learns it. */
  readonly isPasswordManaged?: boolean | undefined;
  /** `create` only; a clone keeps its source's master user. */
  readonly username?: string | undefined;
  /** Default: the artifact's; `none`: for ever. */
  readonly ttlSeconds?: number | 'none' | undefined;
  /** Default: the last part of the caller's ARN. */
  readonly owner?: string | undefined;
  /** Tells what this run made from what was there; a word that fits a tag. */
  readonly runId: string;
  /** Whether a run that is still marked as working on the copy is known to have ended. Default: it is not known. */
  readonly isRunOver?: ((runId: string) => boolean) | undefined;
  /** Now, for the times in tags. */
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
  /** After a failure, keep what was made. */
  readonly keepFailed?: boolean | undefined;
  readonly timeoutSeconds: number;
  /** In place of `client` in the artifact's allowed networks. */
  readonly clientCidr?: string | undefined;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Read for certificate files when logging in. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly patience?: Patience | undefined;
}

/** How long to believe in what cannot be seen. */
export interface Patience {
  /** For a fresh endpoint to answer before it counts as not reachable from here. */
  readonly reachMs: number;
  /** RDS may begin to change a password this long after it said yes. */
  readonly passwordMs: number;
  /** How often a run shows that it lives. Default: two minutes. */
  readonly beatMs?: number | undefined;
}

export const DEFAULT_PATIENCE = { reachMs: 45_000, passwordMs: 90_000, beatMs: 120_000 } satisfies Patience;

export interface ConvergeResult {
  readonly copy: Copy;
  readonly connection: Connection;
  /** False when the copy was there already, complete. */
  readonly isNew: boolean;
  readonly timings: readonly Timing[];
  readonly warnings: readonly string[];
  /** Undefined: this run has not masked it. */
  readonly masking?: MaskingReport | undefined;
}

export interface Timing {
  readonly phase: string;
  readonly seconds: number;
}
