// What removes a copy, and what nobody may ever do to a source.
import { allow, copies, ec2, IS_OURS, type PolicyScope, type PolicyStatement, rds } from './statement.ts';

export function remove(scope: PolicyScope): PolicyStatement[] {
  return [
    allow(
      'RemoveCopies',
      ['rds:DeleteDBCluster', 'rds:DeleteDBInstance', 'rds:DeleteDBSubnetGroup'],
      copies(scope, 'cluster', 'db', 'subgrp'),
      IS_OURS,
    ),
    // Deleting a cluster also asks for this one, even without a final snapshot.
    allow('RemoveWithoutSnapshot', ['rds:DeleteDBCluster'], rds(scope, 'cluster-snapshot:*')),
    allow('RemoveSecurityGroups', ['ec2:DeleteSecurityGroup'], ec2(scope, 'security-group/*'), IS_OURS),
    ...neverTheSource(scope),
  ];
}

function neverTheSource({ sourceArn }: PolicyScope): PolicyStatement[] {
  if (sourceArn === undefined) return [];
  const Action = [
    ...['rds:AddTagsToResource', 'rds:CreateDBInstance', 'rds:DeleteDBCluster', 'rds:EnableHttpEndpoint'],
    ...['rds:ModifyDBCluster', 'rds:RemoveTagsFromResource', 'rds:StopDBCluster'],
  ];
  return [{ Sid: 'NeverTheSource', Effect: 'Deny', Action, Resource: sourceArn }];
}
