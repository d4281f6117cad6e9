// What leads in and out of the fixed VPC, as EC2 describes it: gateway, routes and network interfaces. Only reads.

import { xmlList } from '../http/xml.ts';
import { INTERNET_GATEWAY_ID, ROUTE_TABLE_ID, VPC } from '../network.ts';
import { list, text } from '../parameters.ts';
import { makeAction } from './action.ts';
import { EC2_FILTERS, type Fields, filterEc2Items } from './filters.ts';
import { EC2_PAGING } from './paging.ts';
import { checkKnown } from './references.ts';

const GATEWAY_FIELDS: Fields<string> = {
  'internet-gateway-id': (id) => [id],
  'attachment.vpc-id': () => [VPC.id],
  'attachment.state': () => ['available'],
};

export const describeInternetGateways = makeAction(
  'ec2',
  'DescribeInternetGateways',
  { InternetGatewayId: list('item', text), Filter: EC2_FILTERS, ...EC2_PAGING },
  (input, context) => {
    checkKnown('internetGateway', 'InvalidInternetGatewayID', [INTERNET_GATEWAY_ID], input.InternetGatewayId);
    const found = filterEc2Items([INTERNET_GATEWAY_ID], input.Filter, GATEWAY_FIELDS).map((id) => ({
      internetGatewayId: id,
      ownerId: context.place.accountId,
      attachmentSet: xmlList('item', [{ vpcId: VPC.id, state: 'available' }]),
      tagSet: xmlList('item', []),
    }));
    return { internetGatewaySet: xmlList('item', found) };
  },
);

/** The main route table, which every subnet of a default VPC has without being associated with it. */
const ROUTE_FIELDS: Fields<string> = {
  'route-table-id': (id) => [id],
  'vpc-id': () => [VPC.id],
  'association.main': () => ['true'],
  'association.subnet-id': () => [],
  'route.gateway-id': () => ['local', INTERNET_GATEWAY_ID],
  'route.destination-cidr-block': () => [VPC.cidr, '0.0.0.0/0'],
};

export const describeRouteTables = makeAction(
  'ec2',
  'DescribeRouteTables',
  { RouteTableId: list('item', text), Filter: EC2_FILTERS, ...EC2_PAGING },
  (input, context) => {
    checkKnown('routeTable', 'InvalidRouteTableID', [ROUTE_TABLE_ID], input.RouteTableId);
    const found = filterEc2Items([ROUTE_TABLE_ID], input.Filter, ROUTE_FIELDS).map((id) => ({
      routeTableId: id,
      vpcId: VPC.id,
      ownerId: context.place.accountId,
      routeSet: xmlList('item', [
        { destinationCidrBlock: VPC.cidr, gatewayId: 'local', state: 'active', origin: 'CreateRouteTable' },
        {
          destinationCidrBlock: '0.0.0.0/0',
          gatewayId: INTERNET_GATEWAY_ID,
          state: 'active',
          origin: 'CreateRoute',
        },
      ]),
      associationSet: xmlList('item', [
        { main: true, routeTableId: id, associationState: { state: 'associated' } },
      ]),
      tagSet: xmlList('item', []),
    }));
    return { routeTableSet: xmlList('item', found) };
  },
);

/** Clusters live on this machine and have no network interfaces, so nothing holds a security group back. */
export const describeNetworkInterfaces = makeAction(
  'ec2',
  'DescribeNetworkInterfaces',
  { NetworkInterfaceId: list('item', text), Filter: EC2_FILTERS, ...EC2_PAGING },
  (input) => {
    checkKnown('networkInterface', 'InvalidNetworkInterfaceID', [], input.NetworkInterfaceId);
    return { networkInterfaceSet: xmlList('item', []) };
  },
);
