// CreateSecurityGroup, DescribeSecurityGroups and DeleteSecurityGroup of EC2.
import { Fault, securityGroupNotFound } from '../faults.ts';
import { type XmlElement, xmlList } from '../http/xml.ts';
import { makeSecurityGroupId } from '../ids.ts';
import { VPC } from '../network.ts';
import { list, required, structure, text } from '../parameters.ts';
import type { IngressRule, SecurityGroupRecord, Tags } from '../records.ts';
import { type ActionContext, makeAction } from './action.ts';
import { EC2_FILTERS, type Fields, filterEc2Items } from './filters.ts';
import { EC2_WORDS, formatPermissions } from './ingress-rules.ts';
import { EC2_PAGING, readEc2Page } from './paging.ts';
import { getSecurityGroup } from './references.ts';
import { addTags, formatTagSet, TAG } from './tag-list.ts';

const TAG_SPECIFICATION = list('item', structure({ ResourceType: text, Tag: list('item', TAG) }));

export const createSecurityGroup = makeAction(
  'ec2',
  'CreateSecurityGroup',
  {
    GroupName: required(text),
    GroupDescription: required(text),
    VpcId: text,
    TagSpecification: TAG_SPECIFICATION,
  },
  async (input, context) => {
    const { GroupName: name, GroupDescription: description, VpcId: vpcId = VPC.id } = input;
    checkNewGroup(context, name, description, vpcId);
    const tags = readTags(input.TagSpecification);
    const id = makeSecurityGroupId();
    await context.store.securityGroups.put({ id, name, description, vpcId, ingress: [], tags });
    return { return: true, groupId: id, securityGroupArn: arnOf(context, id), tagSet: formatTagSet(tags) };
  },
);

function checkNewGroup(context: ActionContext, name: string, description: string, vpcId: string): void {
  if (vpcId !== VPC.id) throw new Fault('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
  if (/^sg-/i.test(name)) {
    throw new Fault(
      'InvalidParameterValue',
      `Invalid value '${name}' for groupName. Group names must not start with 'sg-'.`,
    );
  }
  for (const [parameter, value] of Object.entries({ groupName: name, GroupDescription: description })) {
    if (EC2_WORDS.test(value)) continue;
    throw new Fault(
      'InvalidParameterValue',
      `Value (${value}) for parameter ${parameter} is invalid. Character sets beyond ASCII are not supported.`,
    );
  }
  if (context.store.securityGroups.list().some((group) => group.name === name)) {
    throw new Fault(
      'InvalidGroup.Duplicate',
      `The security group '${name}' already exists for VPC '${vpcId}'`,
    );
  }
}

type Specifications = readonly {
  readonly ResourceType?: string | undefined;
  readonly Tag?: Parameters<typeof addTags>[1];
}[];

function readTags(specifications: Specifications = []): Tags {
  return specifications.reduce<Tags>((tags, { ResourceType, Tag }) => {
    if (ResourceType === 'security-group') return addTags(tags, Tag);
    throw new Fault(
      'InvalidParameterValue',
      `'${ResourceType}' is not a valid taggable resource type for this operation.`,
    );
  }, {});
}

const FIELDS: Fields<SecurityGroupRecord> = {
  'group-id': (group) => [group.id],
  'group-name': (group) => [group.name],
  'vpc-id': (group) => [group.vpcId],
  description: (group) => [group.description],
  'ip-permission.cidr': (group) => group.ingress.map((rule) => rule.cidr),
  'ip-permission.group-id': (group) => group.ingress.map((rule) => rule.groupId),
  'ip-permission.from-port': (group) => group.ingress.map((rule) => String(rule.fromPort)),
  'ip-permission.to-port': (group) => group.ingress.map((rule) => String(rule.toPort)),
  'ip-permission.protocol': (group) => group.ingress.map((rule) => rule.protocol),
};

export const describeSecurityGroups = makeAction(
  'ec2',
  'DescribeSecurityGroups',
  { GroupId: list('groupId', text), GroupName: list('GroupName', text), Filter: EC2_FILTERS, ...EC2_PAGING },
  (input, context) => {
    const { GroupId: ids = [], GroupName: names = [] } = input;
    for (const id of ids) getSecurityGroup(context, id);
    const wanted = context.store.securityGroups
      .list()
      .filter((group) => ids.length === 0 || ids.includes(group.id))
      .filter((group) => names.length === 0 || names.includes(group.name));
    const unknown = names.find((name) => !wanted.some((group) => group.name === name));
    if (unknown) throw securityGroupNotFound(unknown);
    const found = filterEc2Items(wanted, input.Filter, FIELDS, (group) => group.tags);
    const page = readEc2Page(found, (group) => group.id, input);
    const groups = page.items.map((group) => formatGroup(context, group));
    return { securityGroupInfo: xmlList('item', groups), nextToken: page.marker };
  },
);

function formatGroup(context: ActionContext, group: SecurityGroupRecord): XmlElement {
  const { accountId } = context.place;
  const everywhere: IngressRule = { protocol: '-1', fromPort: -1, toPort: -1, cidr: '0.0.0.0/0' };
  return {
    ownerId: accountId,
    groupId: group.id,
    groupName: group.name,
    groupDescription: group.description,
    vpcId: group.vpcId,
    securityGroupArn: arnOf(context, group.id),
    ipPermissions: xmlList('item', formatPermissions(group.ingress, accountId)),
    ipPermissionsEgress: xmlList('item', formatPermissions([everywhere], accountId)),
    tagSet: formatTagSet(group.tags),
  };
}

export const deleteSecurityGroup = makeAction(
  'ec2',
  'DeleteSecurityGroup',
  { GroupId: required(text) },
  async (input, context) => {
    const { id, name } = getSecurityGroup(context, input.GroupId);
    if (name === 'default') {
      throw new Fault(
        'CannotDelete',
        `the specified group: "${id}" name: "default" cannot be deleted by a user`,
      );
    }
    if (isUsed(context, id)) {
      throw new Fault('DependencyViolation', `resource ${id} has a dependent object`);
    }
    await context.store.securityGroups.remove(id);
    return { return: true, groupId: id };
  },
);

function isUsed(context: ActionContext, id: string): boolean {
  const { clusters, securityGroups } = context.store;
  return (
    clusters.list().some((cluster) => cluster.securityGroupIds.includes(id)) ||
    securityGroups
      .list()
      .some((group) => group.id !== id && group.ingress.some((rule) => rule.groupId === id))
  );
}

function arnOf({ place }: ActionContext, id: string): string {
  return `arn:aws:ec2:${place.region}:${place.accountId}:security-group/${id}`;
}
