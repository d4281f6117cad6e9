// What a request to RDS or EC2 would change, told from its parameters. An action that is in neither list is an error, so
// that a new one cannot be forgotten.

const READS = /^(Describe|List|Get)/;
/** Nothing that exists can be changed by making something. */
const MAKES = [
  ...['CreateDBCluster', 'RestoreDBClusterToPointInTime', 'CreateDBSubnetGroup', 'CreateSecurityGroup'],
];
const CLUSTER = { kind: 'cluster ', parameter: 'DBClusterIdentifier' };
const INSTANCE = { kind: 'instance ', parameter: 'DBInstanceIdentifier' };
const SECURITY_GROUP = { kind: 'security group ', parameter: 'GroupId' };
const TAGGED = { kind: '', parameter: 'ResourceName' };
const CHANGES: Readonly<Record<string, { readonly kind: string; readonly parameter: string }>> = {
  CreateDBInstance: CLUSTER,
  ModifyDBCluster: CLUSTER,
  StartDBCluster: CLUSTER,
  StopDBCluster: CLUSTER,
  DeleteDBCluster: CLUSTER,
  ModifyDBInstance: INSTANCE,
  DeleteDBInstance: INSTANCE,
  EnableHttpEndpoint: { kind: '', parameter: 'ResourceArn' },
  AddTagsToResource: TAGGED,
  RemoveTagsFromResource: TAGGED,
  DeleteDBSubnetGroup: { kind: 'subnet group ', parameter: 'DBSubnetGroupName' },
  AuthorizeSecurityGroupIngress: SECURITY_GROUP,
  RevokeSecurityGroupIngress: SECURITY_GROUP,
  DeleteSecurityGroup: SECURITY_GROUP,
};

/** Identifiers with their kind, such as `cluster shop`, or ARNs. */
export function listTargets(request: URLSearchParams): readonly string[] {
  const action = String(request.get('Action'));
  if (READS.test(action) || MAKES.includes(action)) return [];
  const change = CHANGES[action];
  if (change === undefined) throw new Error(`it is not known what ${action} changes`);
  const value = request.get(change.parameter);
  if (value === null) throw new Error(`${action} does not say ${change.parameter}: ${request}`);
  return [`${change.kind}${change.kind === '' ? value : value.toLowerCase()}`];
}
