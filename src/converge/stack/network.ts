// The subnet group and the own security group of a copy, as resources of a stack.
import type { CopyBuild } from '../build.ts';
import { makeSecurityGroupInput, makeSubnetGroupInput } from '../inputs.ts';
import { makeResource, type StackResource } from './resource.ts';

export function makeNetworkResources(build: CopyBuild): Record<string, StackResource> {
  const subnetGroup = makeResource('AWS::RDS::DBSubnetGroup', makeSubnetGroupInput(build.settings, build));
  return {
    SubnetGroup: subnetGroup,
    ...(hasOwnGroup(build) ? { SecurityGroup: makeSecurityGroup(build) } : {}),
  };
}

/** Behind its gate a copy has its own group alone, which lets nobody in. */
export function hasOwnGroup({ settings, gate }: CopyBuild): boolean {
  return settings.securityGroupIds === undefined || gate !== undefined;
}

function makeSecurityGroup(build: CopyBuild): StackResource {
  const { name, vpcId, description, tags } = makeSecurityGroupInput(build);
  const rules = build.gate === undefined ? build.cidrs.map((cidr) => makeRule(cidr, build)) : [];
  return makeResource('AWS::EC2::SecurityGroup', {
    GroupName: name,
    GroupDescription: description,
    VpcId: vpcId,
    SecurityGroupIngress: rules.length === 0 ? undefined : rules,
    Tags: tags,
  });
}

function makeRule(cidr: string, { settings: { port } }: CopyBuild): Record<string, unknown> {
  const range = cidr.includes(':') ? { CidrIpv6: cidr } : { CidrIp: cidr };
  return { IpProtocol: 'tcp', FromPort: port, ToPort: port, ...range };
}
