// Groups whose copy is gone: of a converging that was killed before it made the cluster, or of a removal that was killed
// after it removed the cluster. RDS and EC2 do not bill them, but they use up quotas.
import type { AwsConnection } from '../aws/connect.ts';
import { listTaggedSecurityGroups } from '../aws/ec2.ts';
import { findTaggedSubnetGroup, listSubnetGroups } from '../aws/groups.ts';
import { readTags, TAG_PREFIX, type Tags } from '../aws/owned.ts';
import { describeSubnetGroup } from '../converge/inputs.ts';
import { parseMaking } from '../converge/tags.ts';

export interface Leftovers {
  /** Of the copy that they were made for. */
  readonly name: string;
  readonly owner: string;
  /** Of its life, had it been made; RFC 3339. */
  readonly expiresAt: string | undefined;
}

const AT_ONCE = 8;

/**
 * Only those that nobody can be about to use: whoever made them has run out of time. `isTaken` tells the names of which
 * there is a cluster, whoever's.
 */
export async function listLeftovers(
  aws: AwsConnection,
  isTaken: (name: string) => boolean,
  nowMs: number,
): Promise<Leftovers[]> {
  const [ofSecurity, ofSubnets] = await Promise.all([
    listTagsOfSecurityGroups(aws),
    listTagsOfSubnetGroups(aws, isTaken),
  ]);
  const byName = new Map<string, Leftovers>();
  for (const tags of [...ofSecurity, ...ofSubnets]) {
    const { name = '', owner = 'unknown', expires: expiresAt } = tags;
    if (name !== '' && !isTaken(name) && isGivenUp(tags, nowMs)) byName.set(name, { name, owner, expiresAt });
  }
  return [...byName.values()].sort((one, other) => one.name.localeCompare(other.name));
}

function isGivenUp({ making, expires }: Tags, nowMs: number): boolean {
  const until = parseMaking(making)?.until ?? expires;
  return until !== undefined && Date.parse(until) <= nowMs;
}

async function listTagsOfSecurityGroups(aws: AwsConnection): Promise<Tags[]> {
  const groups = await listTaggedSecurityGroups(aws, `${TAG_PREFIX}name`);
  return groups
    .map(({ GroupName, Tags: list }) => ({ GroupName, tags: readTags(list) }))
    .filter(({ GroupName, tags }) => GroupName === tags['name'])
    .map(({ tags }) => tags);
}

async function listTagsOfSubnetGroups(
  aws: AwsConnection,
  isTaken: (name: string) => boolean,
): Promise<Tags[]> {
  const names = (await listSubnetGroups(aws))
    .filter(({ name, description }) => description === describeSubnetGroup(name) && !isTaken(name))
    .map(({ name }) => name);
  const tags: Tags[] = [];
  for (let first = 0; first < names.length; first += AT_ONCE) {
    const some = names.slice(first, first + AT_ONCE);
    const groups = await Promise.all(some.map(async (name) => await findTaggedSubnetGroup(aws, name)));
    tags.push(
      ...groups.flatMap((group) => (group?.tags['name'] === group?.name && group ? [group.tags] : [])),
    );
  }
  return tags;
}
