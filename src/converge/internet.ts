// Whether a public copy can be reached from the internet: each of its subnets needs a route to an internet gateway.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-troubleshooting-connection-problems.html
import type { AwsConnection } from '../aws/connect.ts';
import { listRouteTables } from '../aws/ec2.ts';
import type { RouteTable } from '../aws/types.ts';
import { optional } from './optional.ts';
import type { CopySettings } from './settings.ts';

export async function checkInternet(
  aws: AwsConnection,
  { isPubliclyAccessible, subnetIds }: CopySettings,
  vpcId: string,
): Promise<string[]> {
  if (!isPubliclyAccessible) return [];
  return await optional('check the routes of the subnets', async () => {
    const cutOff = findCutOff(subnetIds, await listRouteTables(aws, vpcId));
    if (cutOff.length === 0) return [];
    return [`the copy is to be public, but no internet gateway is routed to from ${cutOff.join(', ')}`];
  });
}

/** A subnet without a table of its own has the main one of its VPC. */
export function findCutOff(subnetIds: readonly string[], tables: readonly RouteTable[]): string[] {
  const main = tables.find(({ Associations }) => Associations?.some(({ Main }) => Main));
  return subnetIds.filter((id) => {
    const own = tables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === id));
    return !(own ?? main)?.Routes?.some(({ GatewayId }) => GatewayId?.startsWith('igw-'));
  });
}
