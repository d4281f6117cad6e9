// A DB subnet group as RDS gives it, on its own and inside an instance. Only reads.

import { type XmlElement, xmlList } from '../http/xml.ts';
import { listSubnets, VPC } from '../network.ts';
import type { SubnetGroupRecord } from '../records.ts';
import type { ActionContext } from './action.ts';

export function formatSubnetGroup(context: ActionContext, group: SubnetGroupRecord): XmlElement {
  const subnets = listSubnets(context.place.region).filter(({ id }) => group.subnetIds.includes(id));
  return {
    DBSubnetGroupName: group.name,
    DBSubnetGroupDescription: group.description,
    DBSubnetGroupArn: group.arn,
    VpcId: VPC.id,
    SubnetGroupStatus: 'Complete',
    Subnets: xmlList(
      'Subnet',
      subnets.map(({ id, zone }) => ({
        SubnetIdentifier: id,
        SubnetAvailabilityZone: { Name: zone },
        SubnetOutpost: {},
        SubnetStatus: 'Active',
      })),
    ),
    SupportedNetworkTypes: xmlList('member', ['IPV4']),
  };
}
