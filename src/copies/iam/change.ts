// What changes a copy: the tag of a copy must be there.
import { allow, copies, ec2, IS_OURS, type PolicyScope, type PolicyStatement, rds } from './statement.ts';

/** What a collector needs, too: protection is lifted and a stopped cluster started before either is removed. */
export function maintain(scope: PolicyScope): PolicyStatement[] {
  const tags = ['rds:AddTagsToResource', 'rds:RemoveTagsFromResource'];
  return [
    allow(
      'ChangeCopies',
      ['rds:ModifyDBCluster', 'rds:StartDBCluster', ...tags],
      copies(scope, 'cluster'),
      IS_OURS,
    ),
  ];
}

export function change(scope: PolicyScope): PolicyStatement[] {
  return [
    allow('KeepCopies', ['rds:EnableHttpEndpoint', 'rds:StopDBCluster'], copies(scope, 'cluster'), IS_OURS),
    allow('UseGroupsOfCopies', ['rds:ModifyDBCluster'], rds(scope, 'cluster-pg:*')),
    allow('ChangeInstances', ['rds:ModifyDBInstance'], copies(scope, 'db'), IS_OURS),
    allow('AddInstances', ['rds:CreateDBInstance'], copies(scope, 'cluster'), IS_OURS),
    allow(
      'OpenCopies',
      ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress'],
      ec2(scope, 'security-group/*'),
      IS_OURS,
    ),
  ];
}
