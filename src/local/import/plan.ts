// The seam of imports: what a source turns out to be, and how a volume is made of it. Imports no variant.

import type { Engine } from '../engine/engine.ts';
import type { Context } from '../reconcile/context.ts';
import type { ClusterRecord } from '../records.ts';
import type { LocalSettings } from '../settings.ts';
import type { ImportJob } from './job.ts';
import type { ImportSummary } from './request.ts';
import type { Staging } from './staging.ts';

/** What an import may look at while nothing has been made yet. */
export interface Ground {
  readonly job: ImportJob;
  readonly staging: Staging;
  readonly engines: readonly Engine[];
  readonly settings: Pick<LocalSettings, 'dataDir' | 'env' | 'isMasterSuperuser'>;
}

/** Checked: the source is there, the engine fits, nothing that it needs is missing. */
export interface ImportPlan extends AsyncDisposable {
  readonly engine: Engine;
  /** That clients are told of first. */
  readonly databaseName: string | undefined;
  /** Makes the volume of a cluster that has none; a failure leaves it to be removed. */
  fill(context: Context, cluster: ClusterRecord): Promise<ImportSummary>;
}
