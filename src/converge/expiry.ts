// When a copy may be collected: a tag.
import type { AwsConnection } from '../aws/connect.ts';
import { addClusterTags, removeClusterTags } from '../aws/groups.ts';
import { type OwnedCluster, TAG_PREFIX } from '../aws/owned.ts';
import { formatTime, makeTag } from './tags.ts';

/** From now on, `seconds` long; `none`: never. */
export async function setExpiry(
  aws: AwsConnection,
  cluster: OwnedCluster,
  seconds: number | 'none',
  nowMs: number,
): Promise<void> {
  if (seconds === 'none') await removeClusterTags(aws, cluster, [`${TAG_PREFIX}expires`]);
  else await addClusterTags(aws, cluster, [makeTag('expires', formatTime(nowMs + seconds * 1000))]);
}
