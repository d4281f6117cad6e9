// What the caller may do. Reading is tried. EC2 has a dry run for writing; RDS has none, so IAM is asked where it may be.
import type { AwsConnection } from '../../aws/connect.ts';
import { listSecurityGroups, listSubnets, tryCreatingSecurityGroup } from '../../aws/ec2.ts';
import { isActionMissing } from '../../aws/errors.ts';
import { findSubnetGroup } from '../../aws/groups.ts';
import { listEngineVersions } from '../../aws/offers.ts';
import { TAG_PREFIX } from '../../aws/owned.ts';
import { listClusters, listEvents, listInstances } from '../../aws/rds.ts';
import { type SimulatedCalls, simulateCalls } from '../../aws/simulate.ts';
import type { Caller } from '../../aws/sts.ts';
import { FactoryError, getMessage } from '../../errors.ts';
import { examine, type Finding } from './finding.ts';

/** No copy has this name; that it is not found is the proof that asking is permitted. */
const NOBODY = 'db-artifact-doctor';
const POLICY = 'db-artifact iam-policy consumer prints what a consumer needs (docs/iam.md).';

export function examineReading(aws: AwsConnection): Promise<Finding>[] {
  const calls: readonly (readonly [action: string, call: () => Promise<unknown>])[] = [
    ['rds:DescribeDBClusters', async () => await listClusters(aws)],
    ['rds:DescribeDBInstances', async () => await listInstances(aws)],
    ['rds:DescribeDBSubnetGroups', async () => await findSubnetGroup(aws, NOBODY)],
    ['rds:DescribeDBEngineVersions', async () => await listEngineVersions(aws, 'aurora-postgresql')],
    ['rds:DescribeEvents', async () => await listEvents(aws, 'db-cluster', NOBODY, 1)],
    ['ec2:DescribeSecurityGroups', async () => await listSecurityGroups(aws, NOBODY)],
    ['ec2:DescribeSubnets', async () => await listSubnets(aws, [])],
  ];
  return calls.map(([action, call]) => examine(action, async () => await tryReading(call)));
}

async function tryReading(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return 'permitted';
  } catch (error) {
    if (error instanceof FactoryError && error.code === 'NOT_FOUND') return 'permitted';
    if (isActionMissing(error)) throw new FactoryError('NOT_SUPPORTED', 'this endpoint does not know it');
    throw error;
  }
}

export function examineWriting(
  aws: AwsConnection,
  caller: Promise<Caller>,
  name: string,
): Promise<Finding>[] {
  return [
    examine('ec2 writing', async () => await tryEc2(aws)),
    examine('rds writing', async () => await askIam(aws, caller, name)),
  ];
}

async function tryEc2(aws: AwsConnection): Promise<string> {
  const vpcId = (await listSubnets(aws, []))[0]?.VpcId;
  if (vpcId === undefined) throw new FactoryError('NOT_SUPPORTED', 'there is no VPC to try it in');
  try {
    await tryCreatingSecurityGroup(aws, { name: NOBODY, vpcId, description: NOBODY, tags: makeTags(NOBODY) });
    return 'ec2:CreateSecurityGroup is permitted (dry run)';
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== 'NOT_AUTHORIZED') throw makeUnknown(error);
    throw new FactoryError('NOT_AUTHORIZED', error.message, { hint: POLICY });
  }
}

function makeTags(name: string) {
  return [{ Key: `${TAG_PREFIX}name`, Value: name }];
}

async function askIam(aws: AwsConnection, caller: Promise<Caller>, name: string): Promise<string> {
  const { arn, account } = await caller;
  const partition = arn.split(':')[1] ?? 'aws';
  const at = (kind: string) => `arn:${partition}:rds:${aws.region}:${account}:${kind}`;
  const calls: SimulatedCalls[] = [
    { resource: at(`cluster:${name}`), actions: OF_CLUSTERS },
    { resource: at(`db:${name}-1`), actions: ['rds:CreateDBInstance', 'rds:DeleteDBInstance'] },
    { resource: at(`subgrp:${name}`), actions: ['rds:CreateDBSubnetGroup', 'rds:DeleteDBSubnetGroup'] },
  ];
  const simulated = calls.map(async (call) => await simulateCalls(aws, arn, call, makeTags(name)));
  const denied = (await Promise.all(simulated).catch(throwUnknown)).flat();
  if (denied.length === 0) return `permitted for a copy named ${name} (simulated by IAM)`;
  throw new FactoryError('NOT_AUTHORIZED', `denied for a copy named ${name}: ${denied.join(', ')}`, {
    hint: POLICY,
  });
}

const OF_CLUSTERS = [
  ...['rds:AddTagsToResource', 'rds:CreateDBCluster', 'rds:DeleteDBCluster', 'rds:ModifyDBCluster'],
  ...['rds:RemoveTagsFromResource', 'rds:RestoreDBClusterToPointInTime', 'rds:StartDBCluster'],
  'rds:StopDBCluster',
];

function throwUnknown(error: unknown): never {
  throw makeUnknown(error);
}

/** That something cannot be found out says nothing against the caller. */
function makeUnknown(error: unknown): FactoryError {
  return new FactoryError('NOT_SUPPORTED', `cannot be found out here: ${getMessage(error)}`, {
    hint: 'RDS has no dry run; with iam:SimulatePrincipalPolicy permitted IAM tells. Converging shows it, too.',
    cause: error,
  });
}
