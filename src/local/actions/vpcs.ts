// The fixed VPC with its subnets and zones, as EC2 describes them. Only reads.
import { Fault } from '../faults.ts';
import { type XmlElement, xmlList } from '../http/xml.ts';
import { listSubnets, listZones, type Subnet, VPC } from '../network.ts';
import { boolean, list, required, text } from '../parameters.ts';
import { type ActionContext, makeAction } from './action.ts';
import { EC2_FILTERS, type Fields, filterEc2Items } from './filters.ts';
import { EC2_PAGING, readEc2Page } from './paging.ts';
import { checkKnown } from './references.ts';

const VPC_FIELDS: Fields<typeof VPC> = {
  'vpc-id': (vpc) => [vpc.id],
  'is-default': () => ['true'],
  isDefault: () => ['true'],
  cidr: (vpc) => [vpc.cidr],
  state: () => ['available'],
};

export const describeVpcs = makeAction(
  'ec2',
  'DescribeVpcs',
  { VpcId: list('VpcId', text), Filter: EC2_FILTERS, ...EC2_PAGING },
  (input, context) => {
    checkKnown('vpc', 'InvalidVpcID', [VPC.id], input.VpcId);
    const found = filterEc2Items([VPC], input.Filter, VPC_FIELDS);
    return {
      vpcSet: xmlList(
        'item',
        found.map(({ id, cidr }) => ({
          vpcId: id,
          ownerId: context.place.accountId,
          state: 'available',
          cidrBlock: cidr,
          isDefault: true,
          instanceTenancy: 'default',
          dhcpOptionsId: 'default',
          tagSet: xmlList('item', []),
        })),
      ),
    };
  },
);

const SUBNET_FIELDS: Fields<Subnet> = {
  'subnet-id': (subnet) => [subnet.id],
  'vpc-id': () => [VPC.id],
  'availability-zone': (subnet) => [subnet.zone],
  availabilityZone: (subnet) => [subnet.zone],
  'availability-zone-id': (subnet) => [subnet.zoneId],
  'default-for-az': () => ['true'],
  defaultForAz: () => ['true'],
  'cidr-block': (subnet) => [subnet.cidr],
  state: () => ['available'],
};

export const describeSubnets = makeAction(
  'ec2',
  'DescribeSubnets',
  { SubnetId: list('SubnetId', text), Filter: EC2_FILTERS, ...EC2_PAGING },
  (input, context) => {
    const subnets = listSubnets(context.place.region);
    const ids = subnets.map((subnet) => subnet.id);
    checkKnown('subnet', 'InvalidSubnetID', ids, input.SubnetId);
    const wanted = subnets.filter(({ id }) => !input.SubnetId?.length || input.SubnetId.includes(id));
    const page = readEc2Page(filterEc2Items(wanted, input.Filter, SUBNET_FIELDS), ({ id }) => id, input);
    const found = page.items.map((subnet) => formatSubnet(context, subnet));
    return { subnetSet: xmlList('item', found), nextToken: page.marker };
  },
);

function formatSubnet({ place }: ActionContext, subnet: Subnet): XmlElement {
  return {
    subnetId: subnet.id,
    subnetArn: `arn:aws:ec2:${place.region}:${place.accountId}:subnet/${subnet.id}`,
    vpcId: VPC.id,
    ownerId: place.accountId,
    state: 'available',
    cidrBlock: subnet.cidr,
    availabilityZone: subnet.zone,
    availabilityZoneId: subnet.zoneId,
    availableIpAddressCount: 4091,
    defaultForAz: true,
    mapPublicIpOnLaunch: true,
    assignIpv6AddressOnCreation: false,
    tagSet: xmlList('item', []),
  };
}

export const describeAvailabilityZones = makeAction(
  'ec2',
  'DescribeAvailabilityZones',
  { ZoneName: list('ZoneName', text), AllAvailabilityZones: boolean, Filter: EC2_FILTERS },
  (input, { place }) => {
    const zones = listSubnets(place.region);
    const known = listZones(place.region);
    const unknown = input.ZoneName?.find((name) => !known.includes(name));
    if (unknown) throw new Fault('InvalidParameterValue', `Invalid availability zone: [${unknown}]`);
    const fields: Fields<Subnet> = {
      'zone-name': ({ zone }) => [zone],
      'zone-id': ({ zoneId }) => [zoneId],
      'region-name': () => [place.region],
      'zone-type': () => ['availability-zone'],
      state: () => ['available'],
    };
    const wanted = zones.filter(({ zone }) => !input.ZoneName?.length || input.ZoneName.includes(zone));
    const found = filterEc2Items(wanted, input.Filter, fields).map(({ zone, zoneId }) => ({
      zoneName: zone,
      zoneId,
      zoneState: 'available',
      regionName: place.region,
      zoneType: 'availability-zone',
      optInStatus: 'opt-in-not-required',
      groupName: place.region,
      networkBorderGroup: place.region,
      messageSet: xmlList('item', []),
    }));
    return { availabilityZoneInfo: xmlList('item', found) };
  },
);

const VPC_ATTRIBUTES = {
  enableDnsSupport: true,
  enableDnsHostnames: true,
  enableNetworkAddressUsageMetrics: false,
};

export const describeVpcAttribute = makeAction(
  'ec2',
  'DescribeVpcAttribute',
  { VpcId: required(text), Attribute: required(text) },
  (input) => {
    checkKnown('vpc', 'InvalidVpcID', [VPC.id], [input.VpcId]);
    const value = Object.entries(VPC_ATTRIBUTES).find(([name]) => name === input.Attribute);
    if (!value) {
      throw new Fault(
        'InvalidParameterValue',
        `Value (${input.Attribute}) for parameter attribute is invalid.`,
      );
    }
    return { vpcId: VPC.id, [value[0]]: { value: value[1] } };
  },
);
