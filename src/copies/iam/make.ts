// What makes a copy: everything new must carry the tag of a copy.
import {
  allow,
  copies,
  ec2,
  getSourceArn,
  MAKES_OURS,
  type PolicyScope,
  type PolicyStatement,
  rds,
} from './statement.ts';

const RESTORE = 'rds:RestoreDBClusterToPointInTime';

export function make(scope: PolicyScope): PolicyStatement[] {
  return [...makeCluster(scope), ...makeSecurityGroup(scope)];
}

/** The source has no tag of ours, so it stands alone, for reading its storage and nothing else. */
function makeCluster(scope: PolicyScope): PolicyStatement[] {
  const groups = ['cluster-pg:*', 'og:*', 'pg:*', 'subgrp:*'].map((name) => rds(scope, name));
  return [
    allow('ReadSource', [RESTORE], getSourceArn(scope)),
    allow('UseGroups', [RESTORE, 'rds:CreateDBCluster', 'rds:CreateDBInstance'], groups),
    allow(
      'MakeTagged',
      [
        ...['rds:AddTagsToResource', 'rds:CreateDBCluster', 'rds:CreateDBInstance'],
        ...['rds:CreateDBSubnetGroup', RESTORE],
      ],
      copies(scope, 'cluster', 'db', 'subgrp'),
      MAKES_OURS,
    ),
  ];
}

function makeSecurityGroup(scope: PolicyScope): PolicyStatement[] {
  const groups = ec2(scope, 'security-group/*');
  return [
    allow('MakeSecurityGroup', ['ec2:CreateSecurityGroup'], groups, MAKES_OURS),
    allow('MakeSecurityGroupInVpc', ['ec2:CreateSecurityGroup'], ec2(scope, 'vpc/*')),
    allow('TagNewSecurityGroup', ['ec2:CreateTags'], groups, {
      StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' },
    }),
  ];
}
