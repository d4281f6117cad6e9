// How many clones a source has already, which decides whether another one is a clone at all.
import type { AwsConnection } from '../aws/connect.ts';
import { readTags } from '../aws/owned.ts';
import { readClusters } from '../aws/rds.ts';
import { optional } from './optional.ts';
import type { LiveSource } from './source.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.html#Aurora.Managing.Clone.Limitations */
const CLONES_OF_A_LINEAGE = 15;

export interface Lineage {
  /** RDS would silently make a full copy, which takes long and costs the whole storage. */
  readonly isFull: boolean;
  readonly warnings: readonly string[];
}

export async function findLineage(aws: AwsConnection, source: LiveSource): Promise<Lineage> {
  if (source.isShared) return { isFull: false, warnings: await checkOnlyClone(aws, source) };
  const cloneGroupId = source.cluster.CloneGroupId;
  let clones = 0;
  const warnings = cloneGroupId
    ? await optional('count the clones of the source', async () => {
        for await (const { DBClusterIdentifier: id } of readClusters(aws, { cloneGroupId })) {
          if (id !== source.cluster.DBClusterIdentifier) clones += 1;
        }
        return [];
      })
    : [];
  return describeLineage(clones, warnings);
}

export function describeLineage(clones: number, warnings: readonly string[]): Lineage {
  if (clones < CLONES_OF_A_LINEAGE) return { isFull: false, warnings };
  const limit = `from the ${CLONES_OF_A_LINEAGE + 1}th on RDS makes full copies`;
  const warning = `the source has ${clones} clones; ${limit}, which take long and pay for all of their storage`;
  return { isFull: true, warnings: [...warnings, warning] };
}

/** AWS lets an account have one clone of a cluster that another account shares. */
async function checkOnlyClone(aws: AwsConnection, { identity }: LiveSource): Promise<string[]> {
  const warnings: string[] = [];
  for await (const { CrossAccountClone, TagList, DBClusterIdentifier: id } of readClusters(aws)) {
    if (!CrossAccountClone || readTags(TagList)['source'] !== identity.clusterId) continue;
    warnings.push(`${id} is a clone of the shared source already, and AWS allows an account one`);
  }
  return warnings;
}
