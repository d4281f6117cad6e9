// Decides as IAM does whether a policy permits a call, as far as our policies go: actions, resources, a few operators.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
import type { Policy } from '../../src/copies/iam/policy.ts';
import type { PolicyStatement } from '../../src/copies/iam/statement.ts';
import type { SentRequest } from './recorder.ts';

/** One thing that IAM checks for a call; a call has one for each resource that it touches. */
export interface Check {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request. */
  readonly context: Readonly<Record<string, string>>;
}

export function isPermitted({ Statement }: Policy, check: Check): boolean {
  const matching = Statement.filter((statement) => isAbout(statement, check));
  return matching.some(isAllow) && matching.every(isAllow);
}

function isAllow({ Effect }: PolicyStatement): boolean {
  return Effect === 'Allow';
}

function isAbout({ Action, Resource, Condition = {} }: PolicyStatement, check: Check): boolean {
  return (
    Action.some((action) => isLike(check.action, action)) &&
    [Resource].flat().some((resource) => isLike(check.resource, resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => isMet(operator, check.context[key], wanted)),
    )
  );
}

function isMet(operator: string, value: string | undefined, wanted: string): boolean {
  if (operator === 'StringNotEquals') return value !== wanted;
  if (value === undefined) return false;
  if (operator === 'StringLike') return isLike(value, wanted);
  if (operator === 'StringEquals' || operator === 'Bool') return value === wanted;
  throw new Error(`no such operator here: ${operator}`);
}

function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}

export interface World {
  readonly region: string;
  readonly account: string;
  readonly sourceId: string;
}

type Tags = Readonly<Record<string, string>>;
type Input = Readonly<Record<string, unknown>>;
type Rule = (
  input: Input,
  of: { rds(name: string): string; ec2(name: string): string; sourceId: string },
) => Check[];

const OURS = { 'aws:ResourceTag/db-artifact:name': 'a copy' };

/** What IAM checks for a request that our code sent, by the service authorization reference. */
export function listChecks({ action, input }: SentRequest, { region, account, sourceId }: World): Check[] {
  const prefix =
    /Subnets$|SecurityGroup|RouteTables|InternetGateways/.test(action) && !/^\w+DB/.test(action)
      ? 'ec2'
      : 'rds';
  if (action === 'GetCallerIdentity')
    return [{ action: 'sts:GetCallerIdentity', resource: '*', context: {} }];
  if (/^(Describe|List)/.test(action)) return [{ action: `${prefix}:${action}`, resource: '*', context: {} }];
  const rule = RULES[action];
  if (rule === undefined) throw new Error(`it is not known what IAM checks for ${action}`);
  const arn = (service: string) => (name: string) => `arn:aws:${service}:${region}:${account}:${name}`;
  return rule(input, { rds: arn('rds'), ec2: arn('ec2'), sourceId }).map((check) => ({
    ...check,
    action: check.action || `${prefix}:${action}`,
  }));
}

const RULES: Record<string, Rule> = {
  CreateDBSubnetGroup: (input, { rds }) => makeTagged(input, rds(`subgrp:${input['DBSubnetGroupName']}`)),
  RestoreDBClusterToPointInTime: (input, { rds, sourceId }) => [
    ...makeTagged(input, rds(`cluster:${input['DBClusterIdentifier']}`)),
    ...listGroups(input, rds),
    on(rds(`cluster:${sourceId}`), readRequestTags(input)),
  ],
  CreateDBCluster: (input, { rds }) => [
    ...makeTagged(input, rds(`cluster:${input['DBClusterIdentifier']}`)),
    ...listGroups(input, rds),
  ],
  CreateDBInstance: (input, { rds }) => [
    ...makeTagged(input, rds(`db:${input['DBInstanceIdentifier']}`)),
    on(rds(`cluster:${input['DBClusterIdentifier']}`), { ...OURS, ...readRequestTags(input) }),
    on(rds(`pg:${input['DBParameterGroupName']}`), readRequestTags(input)),
  ],
  ModifyDBInstance: (input, { rds }) => [on(rds(`db:${input['DBInstanceIdentifier']}`), OURS)],
  ModifyDBCluster: (input, { rds }) => [on(rds(`cluster:${input['DBClusterIdentifier']}`), OURS)],
  StartDBCluster: (input, { rds }) => [on(rds(`cluster:${input['DBClusterIdentifier']}`), OURS)],
  StopDBCluster: (input, { rds }) => [on(rds(`cluster:${input['DBClusterIdentifier']}`), OURS)],
  EnableHttpEndpoint: (input) => [on(String(input['ResourceArn']), OURS)],
  AddTagsToResource: (input) => [on(String(input['ResourceName']), { ...OURS, ...readRequestTags(input) })],
  RemoveTagsFromResource: (input) => [on(String(input['ResourceName']), OURS)],
  DeleteDBCluster: (input, { rds }) => [
    on(rds(`cluster:${input['DBClusterIdentifier']}`), OURS),
    on(rds('cluster-snapshot:any'), {}),
  ],
  DeleteDBInstance: (input, { rds }) => [on(rds(`db:${input['DBInstanceIdentifier']}`), OURS)],
  DeleteDBSubnetGroup: (input, { rds }) => [on(rds(`subgrp:${input['DBSubnetGroupName']}`), OURS)],
  CreateSecurityGroup: (input, { ec2 }) => [
    on(ec2('security-group/sg-new'), readRequestTags(input)),
    on(ec2(`vpc/${input['VpcId']}`), {}),
    {
      ...on(ec2('security-group/sg-new'), { 'ec2:CreateAction': 'CreateSecurityGroup' }),
      action: 'ec2:CreateTags',
    },
  ],
  AuthorizeSecurityGroupIngress: (input, { ec2 }) => [on(ec2(`security-group/${input['GroupId']}`), OURS)],
  RevokeSecurityGroupIngress: (input, { ec2 }) => [on(ec2(`security-group/${input['GroupId']}`), OURS)],
  DeleteSecurityGroup: (input, { ec2 }) => [on(ec2(`security-group/${input['GroupId']}`), OURS)],
};

export const CHECKED_ACTIONS = Object.keys(RULES);

/** What is made with tags must be permitted to be tagged, too. */
function makeTagged(input: Input, resource: string): Check[] {
  const made = on(resource, readRequestTags(input));
  return [made, { ...made, action: 'rds:AddTagsToResource' }];
}

function listGroups(input: Input, rds: (name: string) => string): Check[] {
  const names = [
    `subgrp:${input['DBSubnetGroupName']}`,
    `cluster-pg:${input['DBClusterParameterGroupName']}`,
    'og:default',
  ];
  return names.map((name) => on(rds(name), readRequestTags(input)));
}

function on(resource: string, context: Tags): Check {
  return { action: '', resource, context };
}

function readRequestTags(input: Input): Tags {
  const specifications = input['TagSpecifications'] as readonly { Tags?: unknown }[] | undefined;
  const tags = (input['Tags'] ?? specifications?.[0]?.Tags ?? []) as readonly {
    Key: string;
    Value: string;
  }[];
  return Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]));
}
