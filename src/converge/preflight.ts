// What can be checked before anything is made. Throws what would surely fail; returns what may.

import type { AwsConnection } from '../aws/connect.ts';
import { listSecurityGroupsById, listSubnets } from '../aws/ec2.ts';
import { listOrderableZones } from '../aws/offers.ts';
import type { Subnet } from '../aws/types.ts';
import { FactoryError } from '../errors.ts';
import { checkInternet } from './internet.ts';
import { optional } from './optional.ts';
import type { CopySettings } from './settings.ts';
import type { LiveSource } from './source.ts';

export interface Network {
  readonly vpcId: string;
  readonly zones: readonly string[];
  readonly warnings: readonly string[];
}

/** Subnets, security groups and instance class, which must go together. */
export async function checkPlace(
  aws: AwsConnection,
  settings: CopySettings,
  source: LiveSource,
  { storageZones, isPlaceOfSource }: PlaceOfSource,
): Promise<Network> {
  const network = await checkSubnets(aws, settings.subnetIds, storageZones);
  // Where the source is, its own class surely is.
  const isClassKnown = isPlaceOfSource && source.writer?.DBInstanceClass === settings.instanceClass;
  const [warnings, ofInternet] = await Promise.all([
    isClassKnown ? [] : checkInstanceClass(aws, settings, network.zones),
    checkInternet(aws, settings, network.vpcId),
    checkSecurityGroups(aws, settings.securityGroupIds, network.vpcId),
  ]);
  return { ...network, warnings: [...network.warnings, ...warnings, ...ofInternet] };
}

export interface PlaceOfSource {
  /** Of a clone; a fresh cluster has no storage yet. */
  readonly storageZones: readonly string[];
  /** The subnets are the source's. */
  readonly isPlaceOfSource: boolean;
}

/** A subnet group needs two zones; a clone needs two of those where its source's storage is. */
async function checkSubnets(
  aws: AwsConnection,
  subnetIds: readonly string[],
  storageZones: readonly string[],
): Promise<Network> {
  const subnets = await listSubnets(aws, subnetIds);
  const missing = subnetIds.filter((id) => !subnets.some(({ SubnetId }) => SubnetId === id));
  if (missing.length > 0) throw new FactoryError('NOT_FOUND', `there is no subnet ${missing.join(', ')}`);
  return checkZones(subnets, storageZones);
}

export function checkZones(subnets: readonly Subnet[], storageZones: readonly string[]): Network {
  const vpcIds = [...new Set(subnets.map(({ VpcId }) => VpcId ?? ''))];
  const zones = [...new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone ?? ''))];
  const [vpcId] = vpcIds;
  if (vpcId === undefined || vpcIds.length > 1) {
    throw new FactoryError('BAD_CONFIGURATION', `the subnets must lie in one VPC, got ${vpcIds.join(', ')}`);
  }
  if (zones.length < 2) {
    throw new FactoryError(
      'BAD_CONFIGURATION',
      `the subnets must lie in two or more zones, got ${zones.join()}`,
      {
        hint: 'Name subnets of different availability zones in subnet_ids.',
      },
    );
  }
  const shared = zones.filter((zone) => storageZones.includes(zone));
  if (storageZones.length === 0 || shared.length >= 2) return { vpcId, zones, warnings: [] };
  const warning = `the subnets are in ${zones.join(', ')} and the source's storage is in ${storageZones.join(', ')}: RDS wants two in common`;
  return { vpcId, zones, warnings: [warning] };
}

/** The class must be there in a zone of the subnets. */
async function checkInstanceClass(
  aws: AwsConnection,
  { engine, engineVersion, instanceClass }: CopySettings,
  zones: readonly string[],
): Promise<string[]> {
  const doing = `check that ${instanceClass} can be ordered`;
  return await optional(doing, async () => {
    const offered = await listOrderableZones(aws, { engine, engineVersion, instanceClass });
    return checkOffer(
      offered,
      zones,
      `${instanceClass} cannot be had with ${engine} ${engineVersion}`,
      doing,
    );
  });
}

export function checkOffer(
  offered: readonly string[] | 'unknown',
  zones: readonly string[],
  refusal: string,
  doing: string,
): string[] {
  if (offered === 'unknown') return [`could not ${doing}: RDS names no instance class of that version`];
  if (zones.some((zone) => offered.includes(zone))) return [];
  const where = offered.length === 0 ? '' : ` in ${zones.join(', ')}, only in ${offered.join(', ')}`;
  throw new FactoryError('BAD_CONFIGURATION', `${refusal}${where}`, {
    hint: 'Choose another instance_type; aws rds describe-orderable-db-instance-options lists them.',
  });
}

/** Groups that the INI file names must be there, in the network of the subnets. */
async function checkSecurityGroups(
  aws: AwsConnection,
  ids: readonly string[] | undefined,
  vpcId: string,
): Promise<void> {
  if (ids === undefined || ids.length === 0) return;
  const groups = await listSecurityGroupsById(aws, ids);
  const missing = ids.filter((id) => !groups.some(({ GroupId }) => GroupId === id));
  if (missing.length > 0)
    throw new FactoryError('NOT_FOUND', `there is no security group ${missing.join(', ')}`);
  const foreign = groups.filter(({ VpcId }) => VpcId !== vpcId).map(({ GroupId }) => GroupId);
  if (foreign.length === 0) return;
  throw new FactoryError(
    'BAD_CONFIGURATION',
    `${foreign.join(', ')} is not in ${vpcId}, the network of the subnets`,
    { hint: 'Name security groups of that network in security_group_ids, or leave it at own.' },
  );
}
