// Tells the local RDS how many servers to keep ready for clones of a cluster. It changes nothing of the cluster itself.
import { AddTagsToResourceCommand } from '@aws-sdk/client-rds';
import { type AwsConnection, getSendOptions } from './connect.ts';
import { callAws } from './errors.ts';
import type { DBCluster } from './types.ts';

/** Read by src/local/reconcile/spares.ts. */
const WARM_TAG = 'db-artifact:warm';

export async function setWarm(aws: AwsConnection, cluster: DBCluster, count: number): Promise<void> {
  await callAws(`tagging cluster ${cluster.DBClusterIdentifier}`, async () => {
    const Tags = [{ Key: WARM_TAG, Value: String(count) }];
    const command = new AddTagsToResourceCommand({ ResourceName: cluster.DBClusterArn, Tags });
    await (await aws.rds()).send(command, getSendOptions(aws));
  });
}
