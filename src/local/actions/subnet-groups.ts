// CreateDBSubnetGroup, DescribeDBSubnetGroups, ModifyDBSubnetGroup, DeleteDBSubnetGroup.
import { makeArn } from '../arn.ts';
import { Fault, invalidValue, subnetGroupNotFound } from '../faults.ts';
import { xmlList } from '../http/xml.ts';
import { DEFAULT_SUBNET_GROUP, listSubnets } from '../network.ts';
import { list, required, text } from '../parameters.ts';
import type { SubnetGroupRecord } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { FILTERS } from './filters.ts';
import { checkSubnetGroupName } from './names.ts';
import { PAGING, readPage } from './paging.ts';
import { formatSubnetGroup } from './subnet-group-answer.ts';
import { addTags, TAGS } from './tag-list.ts';

const SUBNET_IDS = required(list('SubnetIdentifier', text));
const MOST_SUBNETS = 20;

export const createDBSubnetGroup = makeAction(
  'rds',
  'CreateDBSubnetGroup',
  {
    DBSubnetGroupName: required(text),
    DBSubnetGroupDescription: required(text),
    SubnetIds: SUBNET_IDS,
    Tags: TAGS,
  },
  async (input, context) => {
    const name = checkSubnetGroupName(input.DBSubnetGroupName);
    const subnetIds = checkSubnets(context, input.SubnetIds);
    const tags = addTags({}, input.Tags);
    if (context.store.subnetGroups.get(name)) {
      throw new Fault('DBSubnetGroupAlreadyExists', `The DB subnet group '${name}' already exists.`);
    }
    const arn = makeArn(context.place, 'subgrp', name);
    const description = input.DBSubnetGroupDescription;
    const group = await context.store.subnetGroups.put({ name, arn, description, subnetIds, tags });
    return { DBSubnetGroup: formatSubnetGroup(context, group) };
  },
);

export const describeDBSubnetGroups = makeAction(
  'rds',
  'DescribeDBSubnetGroups',
  { DBSubnetGroupName: text, Filters: FILTERS, ...PAGING },
  (input, context) => {
    if (input.Filters?.length) throw invalidValue(`Unrecognized filter name: ${input.Filters[0]?.Name}`);
    const wanted = input.DBSubnetGroupName;
    const all = wanted ? [getSubnetGroup(context, wanted)] : context.store.subnetGroups.list();
    const page = readPage(all, (group) => group.name, input);
    const groups = page.items.map((group) => formatSubnetGroup(context, group));
    return { DBSubnetGroups: xmlList('DBSubnetGroup', groups), Marker: page.marker };
  },
);

export const modifyDBSubnetGroup = makeAction(
  'rds',
  'ModifyDBSubnetGroup',
  { DBSubnetGroupName: required(text), DBSubnetGroupDescription: text, SubnetIds: SUBNET_IDS },
  async (input, context) => {
    const { name } = getSubnetGroup(context, input.DBSubnetGroupName);
    const subnetIds = checkSubnets(context, input.SubnetIds);
    const group = await context.store.subnetGroups.update(name, (before) => ({
      ...before,
      subnetIds,
      description: input.DBSubnetGroupDescription ?? before.description,
    }));
    return { DBSubnetGroup: formatSubnetGroup(context, group) };
  },
);

export const deleteDBSubnetGroup = makeAction(
  'rds',
  'DeleteDBSubnetGroup',
  { DBSubnetGroupName: required(text) },
  async (input, context) => {
    const { name } = getSubnetGroup(context, input.DBSubnetGroupName);
    if (name === DEFAULT_SUBNET_GROUP) {
      throw new Fault('InvalidDBSubnetGroupStateFault', `Cannot delete the subnet group '${name}'.`);
    }
    checkUnused(context, name);
    await context.store.subnetGroups.remove(name);
    return undefined;
  },
);

function getSubnetGroup(context: ActionContext, name: string): SubnetGroupRecord {
  const group = context.store.subnetGroups.get(name.toLowerCase());
  if (!group) throw subnetGroupNotFound(name);
  return group;
}

function checkSubnets(context: ActionContext, ids: readonly string[]): readonly string[] {
  const subnets = listSubnets(context.place.region);
  const unknown = ids.filter((id) => !subnets.some((subnet) => subnet.id === id));
  if (unknown.length > 0) throw invalidValue(`Some input subnets in :[${unknown.join(', ')}] are invalid.`);
  if (ids.length > MOST_SUBNETS) {
    throw new Fault(
      'DBSubnetQuotaExceededFault',
      `A DB subnet group can have at most ${MOST_SUBNETS} subnets.`,
    );
  }
  const zones = new Set(subnets.filter((subnet) => ids.includes(subnet.id)).map((subnet) => subnet.zone));
  if (zones.size < 2) {
    throw new Fault(
      'DBSubnetGroupDoesNotCoverEnoughAZs',
      "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. " +
        `Current AZ coverage: ${[...zones].join(', ')}. Add subnets to cover at least 2 AZs.`,
    );
  }
  return [...new Set(ids)];
}

function checkUnused(context: ActionContext, name: string): void {
  const user = context.store.clusters.list().find((cluster) => cluster.subnetGroup === name);
  if (!user) return;
  throw new Fault(
    'InvalidDBSubnetGroupStateFault',
    `Cannot delete the subnet group '${name}' because at least one database cluster: ${user.id} is still using it.`,
  );
}
