// What differs between a copy that is there and what is asked of it. Changes nothing.
import { findCluster, listInstances } from '../aws/rds.ts';
import type { CopyBuild } from './build.ts';
import { compareCluster, compareInstance, formatDifference } from './compare.ts';

export interface PlannedDifference {
  /** Such as `backup retention: asked 7, RDS describes 1`. */
  readonly text: string;
  /** Converging sets it. */
  readonly isChanged: boolean;
}

/** Empty where there is no copy yet. */
export async function findDifferences(build: CopyBuild): Promise<PlannedDifference[]> {
  const [cluster, instances] = await Promise.all([
    findCluster(build.aws, build.name),
    listInstances(build.aws, build.name),
  ]);
  if (cluster === undefined) return [];
  const ofInstances = instances.flatMap((instance) =>
    compareInstance(instance, build.settings).map((difference) => ({
      text: `${instance.DBInstanceIdentifier}: ${formatDifference(difference)}`,
      isChanged: difference.change !== undefined,
    })),
  );
  const ofCluster = compareCluster(cluster, build).map((difference) => ({
    text: formatDifference(difference),
    isChanged: difference.change !== undefined,
  }));
  return [...ofCluster, ...ofInstances];
}
