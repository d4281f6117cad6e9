// The least IAM policy for each role that people have with artifacts. Pure; what each call allows to limit is from
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
import { TAG_PREFIX } from '../aws/owned.ts';

export const IAM_ROLES = ['publisher', 'consumer', 'collector'] as const;
export type IamRole = (typeof IAM_ROLES)[number];

export interface PolicyScope {
  readonly partition: string;
  readonly region: string;
  /** `*`: any. */
  readonly account: string;
  /** Cluster identifier of the source; `*`: any. */
  readonly sourceId: string;
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

const NAME_TAG = `${TAG_PREFIX}name`;
/** Whatever the copy is called, it has a name. */
const IS_OURS = { StringLike: { [`aws:ResourceTag/${NAME_TAG}`]: '?*' } };
const MAKES_OURS = { StringLike: { [`aws:RequestTag/${NAME_TAG}`]: '?*' } };

export function makePolicy(role: IamRole, scope: PolicyScope): Policy {
  const statements = {
    publisher: [look()],
    consumer: [look(), ...restore(scope), ...make(scope), ...change(scope), ...remove(scope)],
    collector: [look(), ...change(scope).slice(0, 1), ...remove(scope)],
  }[role];
  return { Version: '2012-10-17', Statement: statements };
}

/** Describing knows no tags, and lists need the star. */
function look(): PolicyStatement {
  return {
    Sid: 'Look',
    Effect: 'Allow',
    Action: [
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'rds:DescribeDBClusters',
      'rds:DescribeDBEngineVersions',
      'rds:DescribeDBInstances',
      'rds:DescribeDBSubnetGroups',
      'rds:DescribeEvents',
      'rds:DescribeOrderableDBInstanceOptions',
      'rds:ListTagsForResource',
      'sts:GetCallerIdentity',
    ],
    Resource: '*',
  };
}

/** The source has no tag of ours, so it stands alone, for reading its storage and nothing else. */
function restore(scope: PolicyScope): PolicyStatement[] {
  const Action = ['rds:RestoreDBClusterToPointInTime'];
  const groups = ['cluster-pg:*', 'og:*', 'subgrp:*'].map((name) => rds(scope, name));
  return [
    { Sid: 'ReadSource', Effect: 'Allow', Action, Resource: rds(scope, `cluster:${scope.sourceId}`) },
    { Sid: 'UseGroups', Effect: 'Allow', Action, Resource: groups },
    {
      Sid: 'MakeClone',
      Effect: 'Allow',
      Action,
      Resource: rds(scope, 'cluster:*'),
      Condition: MAKES_OURS,
    },
  ];
}

function make(scope: PolicyScope): PolicyStatement[] {
  return [
    {
      Sid: 'MakeTagged',
      Effect: 'Allow',
      Action: [
        'rds:AddTagsToResource',
        'rds:CreateDBCluster',
        'rds:CreateDBInstance',
        'rds:CreateDBSubnetGroup',
      ],
      Resource: ['cluster:*', 'db:*', 'subgrp:*'].map((name) => rds(scope, name)),
      Condition: MAKES_OURS,
    },
    {
      Sid: 'UseParameterGroups',
      Effect: 'Allow',
      Action: ['rds:CreateDBCluster', 'rds:CreateDBInstance'],
      Resource: ['cluster-pg:*', 'pg:*'].map((name) => rds(scope, name)),
    },
    {
      Sid: 'MakeSecurityGroup',
      Effect: 'Allow',
      Action: ['ec2:CreateSecurityGroup'],
      Resource: ec2(scope, 'security-group/*'),
      Condition: MAKES_OURS,
    },
    {
      Sid: 'MakeSecurityGroupInVpc',
      Effect: 'Allow',
      Action: ['ec2:CreateSecurityGroup'],
      Resource: ec2(scope, 'vpc/*'),
    },
    {
      Sid: 'TagNewSecurityGroup',
      Effect: 'Allow',
      Action: ['ec2:CreateTags'],
      Resource: ec2(scope, 'security-group/*'),
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' } },
    },
  ];
}

function change(scope: PolicyScope): PolicyStatement[] {
  return [
    {
      Sid: 'ChangeCopies',
      Effect: 'Allow',
      Action: ['rds:ModifyDBCluster', 'rds:StartDBCluster'],
      Resource: rds(scope, 'cluster:*'),
      Condition: IS_OURS,
    },
    {
      Sid: 'KeepCopies',
      Effect: 'Allow',
      Action: [
        'rds:AddTagsToResource',
        'rds:EnableHttpEndpoint',
        'rds:RemoveTagsFromResource',
        'rds:StopDBCluster',
      ],
      Resource: rds(scope, 'cluster:*'),
      Condition: IS_OURS,
    },
    {
      Sid: 'UseGroupsOfCopies',
      Effect: 'Allow',
      Action: ['rds:ModifyDBCluster'],
      Resource: rds(scope, 'cluster-pg:*'),
    },
    {
      Sid: 'AddInstances',
      Effect: 'Allow',
      Action: ['rds:CreateDBInstance'],
      Resource: [rds(scope, 'cluster:*'), rds(scope, 'subgrp:*')],
      Condition: IS_OURS,
    },
    {
      Sid: 'OpenCopies',
      Effect: 'Allow',
      Action: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress'],
      Resource: ec2(scope, 'security-group/*'),
      Condition: IS_OURS,
    },
  ];
}

function remove(scope: PolicyScope): PolicyStatement[] {
  return [
    {
      Sid: 'RemoveCopies',
      Effect: 'Allow',
      Action: ['rds:DeleteDBCluster', 'rds:DeleteDBInstance', 'rds:DeleteDBSubnetGroup'],
      Resource: ['cluster:*', 'db:*', 'subgrp:*'].map((name) => rds(scope, name)),
      Condition: IS_OURS,
    },
    {
      // Deleting a cluster also asks for this one, even without a final snapshot.
      Sid: 'RemoveWithoutSnapshot',
      Effect: 'Allow',
      Action: ['rds:DeleteDBCluster'],
      Resource: rds(scope, 'cluster-snapshot:*'),
    },
    {
      Sid: 'RemoveSecurityGroups',
      Effect: 'Allow',
      Action: ['ec2:DeleteSecurityGroup'],
      Resource: ec2(scope, 'security-group/*'),
      Condition: IS_OURS,
    },
    {
      Sid: 'NeverTheSource',
      Effect: 'Deny',
      Action: [
        'rds:DeleteDBCluster',
        'rds:ModifyDBCluster',
        'rds:StopDBCluster',
        ...['rds:AddTagsToResource', 'rds:RemoveTagsFromResource'],
      ],
      Resource: rds(scope, `cluster:${scope.sourceId}`),
    },
  ].filter(({ Sid }) => Sid !== 'NeverTheSource' || scope.sourceId !== '*') as PolicyStatement[];
}

function rds({ partition, region, account }: PolicyScope, name: string): string {
  return `arn:${partition}:rds:${region}:${account}:${name}`;
}

function ec2({ partition, region, account }: PolicyScope, name: string): string {
  return `arn:${partition}:ec2:${region}:${account}:${name}`;
}
