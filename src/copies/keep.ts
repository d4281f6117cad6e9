// How long a copy lives: expiry and protection, both tags.
import type { AwsConnection } from '../aws/connect.ts';
import { addClusterTags, removeClusterTags } from '../aws/groups.ts';
import { checkOwnedCluster, type OwnedCluster, TAG_PREFIX } from '../aws/owned.ts';
import { getCluster } from '../aws/rds.ts';
import { setExpiry } from '../converge/expiry.ts';
import { formatTime, makeTag } from '../converge/tags.ts';
import { FactoryError } from '../errors.ts';
import { type Copy, getCopy } from './list.ts';

/** From now on, `seconds` long; `none`: for ever. Throws BAD_INVOCATION when the artifact does not let it live so long. */
export async function extendCopy(
  aws: AwsConnection,
  name: string,
  seconds: number | 'none',
  nowMs: number = Date.now(),
): Promise<Copy> {
  const { maxTtlSeconds } = await getCopy(aws, name);
  if (maxTtlSeconds !== undefined && (seconds === 'none' || seconds > maxTtlSeconds)) {
    throw new FactoryError(
      'BAD_INVOCATION',
      `the artifact lets ${name} live ${maxTtlSeconds} s at most from now`,
      {
        hint: 'Give a shorter --ttl.',
      },
    );
  }
  await setExpiry(aws, await getOwned(aws, name), seconds, nowMs);
  return await getCopy(aws, name);
}

/** Until then neither gc nor an unforced destroy removes it; undefined lifts the protection. */
export async function protectCopy(
  aws: AwsConnection,
  name: string,
  untilMs: number | undefined,
): Promise<Copy> {
  const cluster = await getOwned(aws, name);
  if (untilMs === undefined) await removeClusterTags(aws, cluster, [`${TAG_PREFIX}protected-until`]);
  else await addClusterTags(aws, cluster, [makeTag('protected-until', formatTime(untilMs))]);
  return await getCopy(aws, name);
}

async function getOwned(aws: AwsConnection, name: string): Promise<OwnedCluster> {
  return checkOwnedCluster(await getCluster(aws, name.toLowerCase()), name.toLowerCase(), undefined);
}
