// The fixed network of the local RDS: one default VPC with three subnets, as a new AWS account has.
// Plain data; knows neither records of clusters nor any action.
import { FactoryError } from '../errors.ts';
import { makeArn, type Place } from './arn.ts';
import type { SecurityGroupRecord, SubnetGroupRecord } from './records.ts';
import type { Store } from './store.ts';

export const VPC = { id: 'vpc-0d8a1f7c52e94b360', cidr: '172.31.0.0/16' } as const;
export const INTERNET_GATEWAY_ID = 'igw-0b5c27e91f3d68a40';
export const ROUTE_TABLE_ID = 'rtb-0e6f4a1d83b925c70';
export const DEFAULT_SECURITY_GROUP_ID = 'sg-0f3b9d5a27c81e640';
export const DEFAULT_SUBNET_GROUP = 'default';

export interface Subnet {
  readonly id: string;
  readonly cidr: string;
  readonly zone: string;
  readonly zoneId: string;
}

export function listZones(region: string): readonly string[] {
  return ['a', 'b', 'c'].map((letter) => `${region}${letter}`);
}

export function listSubnets(region: string): readonly Subnet[] {
  const ids = ['subnet-0a1d4c7e92b583f60', 'subnet-0b2e5d8fa3c694071', 'subnet-0c3f6e90b4d7a5182'];
  return listZones(region).map((zone, i) => ({
    id: ids[i] ?? '',
    cidr: `172.31.${i * 16}.0/20`,
    zone,
    zoneId: `${shortenRegion(region)}-az${i + 1}`,
  }));
}

/** `us-east-1` is `use1` in zone ids. */
function shortenRegion(region: string): string {
  const [continent = '', direction = '', count = ''] = region.split('-');
  return `${continent}${direction[0] ?? ''}${count}`;
}

/** Makes what every account has from the start, unless a former start made it. */
export async function makeDefaultNetwork(store: Store, place: Place): Promise<void> {
  const { subnetGroups, securityGroups } = store;
  checkRegion(subnetGroups.get(DEFAULT_SUBNET_GROUP)?.arn, place);
  if (!subnetGroups.get(DEFAULT_SUBNET_GROUP)) await subnetGroups.put(defaultSubnetGroup(place));
  if (!securityGroups.get(DEFAULT_SECURITY_GROUP_ID)) await securityGroups.put(defaultSecurityGroup());
}

/** Every ARN that was ever given out names the region of the first start. */
function checkRegion(arn: string | undefined, { region }: Place): void {
  const kept = arn?.split(':')[3];
  if (kept === undefined || kept === region) return;
  throw new FactoryError('CONFLICT', `the data folder plays the region ${kept}, not ${region}`, {
    hint: `Start it with --region ${kept}, or give up its databases: db-artifact local down --delete`,
  });
}

function defaultSubnetGroup(place: Place): SubnetGroupRecord {
  return {
    name: DEFAULT_SUBNET_GROUP,
    arn: makeArn(place, 'subgrp', DEFAULT_SUBNET_GROUP),
    description: 'default',
    subnetIds: listSubnets(place.region).map((subnet) => subnet.id),
    tags: {},
  };
}

/** As on AWS members reach each other; the member that there is here is this machine. */
function defaultSecurityGroup(): SecurityGroupRecord {
  const all = { protocol: '-1', fromPort: -1, toPort: -1 };
  return {
    id: DEFAULT_SECURITY_GROUP_ID,
    name: 'default',
    description: 'default VPC security group',
    vpcId: VPC.id,
    ingress: [
      { ...all, groupId: DEFAULT_SECURITY_GROUP_ID },
      { ...all, cidr: '127.0.0.1/32', description: 'programs on this machine' },
    ],
    tags: {},
  };
}
