// AddTagsToResource, RemoveTagsFromResource and ListTagsForResource of RDS, and CreateTags of EC2.
import { parseArn } from '../arn.ts';
import {
  clusterNotFound,
  type Fault,
  instanceNotFound,
  invalidValue,
  snapshotNotFound,
  subnetGroupNotFound,
} from '../faults.ts';
import { list, required, text } from '../parameters.ts';
import type { Tags } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { FILTERS } from './filters.ts';
import { getSecurityGroup } from './references.ts';
import { addTags, formatTags, TAG, TAGS } from './tag-list.ts';

/** What of a resource the calls here need, whatever kind it is. */
interface Tagged {
  readonly tags: Tags;
  replace(change: (tags: Tags) => Tags): Promise<unknown>;
}

export const addTagsToResource = makeAction(
  'rds',
  'AddTagsToResource',
  { ResourceName: required(text), Tags: required(TAGS) },
  async (input, context) => {
    await getTagged(context, input.ResourceName).replace((tags) => addTags(tags, input.Tags));
    return undefined;
  },
);

export const removeTagsFromResource = makeAction(
  'rds',
  'RemoveTagsFromResource',
  { ResourceName: required(text), TagKeys: required(list('member', text)) },
  async (input, context) => {
    await getTagged(context, input.ResourceName).replace((tags) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys.includes(key))),
    );
    return undefined;
  },
);

export const listTagsForResource = makeAction(
  'rds',
  'ListTagsForResource',
  { ResourceName: required(text), Filters: FILTERS },
  (input, context) => {
    if (input.Filters?.length) throw invalidValue(`Unrecognized filter name: ${input.Filters[0]?.Name}`);
    return { TagList: formatTags(getTagged(context, input.ResourceName).tags) };
  },
);

export const createTags = makeAction(
  'ec2',
  'CreateTags',
  { ResourceId: required(list('member', text)), Tag: required(list('item', TAG)) },
  async (input, context) => {
    const groups = input.ResourceId.map((id) => getSecurityGroup(context, id));
    for (const { id } of groups) {
      await context.store.securityGroups.update(id, (group) => ({
        ...group,
        tags: addTags(group.tags, input.Tag),
      }));
    }
    return { return: true };
  },
);

function getTagged({ store, place }: ActionContext, arn: string): Tagged {
  const { place: where, kind, name = '' } = parseArn(arn) ?? {};
  if (where?.region !== place.region || where.accountId !== place.accountId) {
    throw invalidValue(`Invalid resource name: ${arn}`);
  }
  if (kind === 'cluster') return asTagged(store.clusters, name, clusterNotFound(name));
  if (kind === 'cluster-snapshot') return asTagged(store.snapshots, name, snapshotNotFound(name));
  if (kind === 'db') return asTagged(store.instances, name, instanceNotFound(name));
  if (kind === 'subgrp') return asTagged(store.subnetGroups, name, subnetGroupNotFound(name));
  throw invalidValue(`Invalid resource name: ${arn}`);
}

interface TaggedRecords<T> {
  get(key: string): T | undefined;
  update(key: string, change: (record: T) => T): Promise<T>;
}

function asTagged<T extends { readonly tags: Tags }>(
  records: TaggedRecords<T>,
  key: string,
  notFound: Fault,
): Tagged {
  const record = records.get(key);
  if (!record) throw notFound;
  return {
    tags: record.tags,
    replace: async (change) =>
      await records.update(key, (before) => ({ ...before, tags: change(before.tags) })),
  };
}
