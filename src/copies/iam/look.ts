// What every role may look at.
import { allow, type PolicyStatement } from './statement.ts';

/** Describing knows no tags, and lists need the star. */
export function look(): PolicyStatement {
  const ec2 = ['RouteTables', 'SecurityGroups', 'Subnets'];
  const rds = [
    ...['DBClusters', 'DBEngineVersions', 'DBInstances', 'DBSubnetGroups', 'Events'],
    'OrderableDBInstanceOptions',
  ];
  return allow(
    'Look',
    [
      ...ec2.map((what) => `ec2:Describe${what}`),
      ...rds.map((what) => `rds:Describe${what}`),
      ...['rds:ListTagsForResource', 'sts:GetCallerIdentity'],
    ],
    '*',
  );
}
