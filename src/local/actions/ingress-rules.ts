// Ingress rules as EC2 takes and gives them: permissions with ranges in, one record per range inside.
import { createHash } from 'node:crypto';
import { canonicalCidr } from '../cidr.ts';
import { Fault, securityGroupNotFound } from '../faults.ts';
import { type XmlElement, xmlList } from '../http/xml.ts';
import { VPC } from '../network.ts';
import { type Input, integer, list, structure, text } from '../parameters.ts';
import type { IngressRule, SecurityGroupRecord } from '../records.ts';
import type { ActionContext } from './action.ts';

export const INGRESS_PARAMETERS = {
  IpPermissions: list(
    'item',
    structure({
      IpProtocol: text,
      FromPort: integer,
      ToPort: integer,
      IpRanges: list('item', structure({ CidrIp: text, Description: text })),
      Ipv6Ranges: list('item', structure({ CidrIpv6: text, Description: text })),
      Groups: list('item', structure({ GroupId: text, UserId: text, Description: text })),
    }),
  ),
  IpProtocol: text,
  FromPort: integer,
  ToPort: integer,
  CidrIp: text,
} as const;

type IngressInput = Input<typeof INGRESS_PARAMETERS>;
type Permission = NonNullable<IngressInput['IpPermissions']>[number];
type Traffic = Pick<IngressRule, 'protocol' | 'fromPort' | 'toPort'>;

const PROTOCOLS = new Map([
  ['1', 'icmp'],
  ['6', 'tcp'],
  ['17', 'udp'],
]);

export function readRules(input: IngressInput, context: ActionContext): readonly IngressRule[] {
  const { CidrIp, IpProtocol, FromPort, ToPort } = input;
  const short = CidrIp ? [{ IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp }] }] : [];
  const rules = [...(input.IpPermissions ?? []), ...short].flatMap((one) => readPermission(one, context));
  if (rules.length > 0) return rules;
  throw new Fault('MissingParameter', 'Either IpPermissions or CidrIp must be specified, with a source.');
}

function readPermission(permission: Permission, context: ActionContext): readonly IngressRule[] {
  const traffic = readTraffic(permission);
  return [
    ...(permission.IpRanges ?? []).map(({ CidrIp = '', Description }) => ({
      ...traffic,
      cidr: checkCidr(CidrIp, 4),
      description: checkDescription(Description),
    })),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 = '', Description }) => ({
      ...traffic,
      cidr: checkCidr(CidrIpv6, 6),
      description: checkDescription(Description),
    })),
    ...(permission.Groups ?? []).map(({ GroupId = '', Description }) => {
      if (!context.store.securityGroups.get(GroupId)) throw securityGroupNotFound(GroupId);
      return { ...traffic, groupId: GroupId, description: checkDescription(Description) };
    }),
  ];
}

function readTraffic({ IpProtocol = '', FromPort, ToPort }: Permission): Traffic {
  const protocol = PROTOCOLS.get(IpProtocol) ?? IpProtocol.toLowerCase();
  if (protocol === '-1') return { protocol, fromPort: -1, toPort: -1 };
  if (!/^(tcp|udp|icmp)$/.test(protocol)) {
    throw new Fault(
      'InvalidParameterValue',
      `Invalid value '${IpProtocol}' for IP protocol. Unknown protocol.`,
    );
  }
  if (FromPort === undefined || ToPort === undefined) {
    throw new Fault(
      'InvalidParameterValue',
      'Invalid value for portRange. Must specify both from and to ports with TCP/UDP.',
    );
  }
  const isIcmp = protocol === 'icmp';
  if (!isIcmp && (FromPort < 0 || ToPort > 65_535 || FromPort > ToPort)) {
    throw new Fault('InvalidParameterValue', `Invalid TCP/UDP port range (${FromPort}:${ToPort})`);
  }
  return { protocol, fromPort: FromPort, toPort: ToPort };
}

function checkCidr(text: string, family: 4 | 6): string {
  const cidr = canonicalCidr(text, family);
  if (cidr === undefined) throw new Fault('InvalidParameterValue', `CIDR block ${text} is malformed`);
  return cidr;
}

/** Letters that EC2 takes in names and descriptions alike. */
export const EC2_WORDS = /^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

function checkDescription(description: string | undefined): string | undefined {
  if (description === undefined || EC2_WORDS.test(description)) return description;
  throw new Fault(
    'InvalidParameterValue',
    'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: ' +
      'a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
  );
}

/** The same traffic from the same source; the description makes no difference. */
export function isSameRule(a: IngressRule, b: IngressRule): boolean {
  return keyOf(a) === keyOf(b);
}

export function describeRule(rule: IngressRule): string {
  const ports = `from port: ${rule.fromPort}, to port: ${rule.toPort}`;
  return `peer: ${rule.cidr ?? rule.groupId}, ${rule.protocol.toUpperCase()}, ${ports}, ALLOW`;
}

/** Rules have ids of their own; the same rule of the same group has the same one. */
export function ruleIdOf(groupId: string, rule: IngressRule): string {
  return `sgr-0${createHash('sha256')
    .update(`${groupId} ${keyOf(rule)}`)
    .digest('hex')
    .slice(0, 16)}`;
}

export function formatRule(group: SecurityGroupRecord, rule: IngressRule, accountId: string): XmlElement {
  const isIpv6 = rule.cidr?.includes(':');
  return {
    securityGroupRuleId: ruleIdOf(group.id, rule),
    groupId: group.id,
    groupOwnerId: accountId,
    isEgress: false,
    ipProtocol: rule.protocol,
    fromPort: rule.fromPort,
    toPort: rule.toPort,
    cidrIpv4: isIpv6 ? undefined : rule.cidr,
    cidrIpv6: isIpv6 ? rule.cidr : undefined,
    referencedGroupInfo: rule.groupId
      ? { groupId: rule.groupId, userId: accountId, vpcId: VPC.id }
      : undefined,
    description: rule.description,
  };
}

/** One permission per traffic, with all its sources. */
export function formatPermissions(rules: readonly IngressRule[], accountId: string): readonly XmlElement[] {
  const traffics = new Map<string, IngressRule[]>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.fromPort} ${rule.toPort}`;
    traffics.set(key, [...(traffics.get(key) ?? []), rule]);
  }
  return [...traffics.values()].map((same) => formatPermission(same, accountId));
}

function formatPermission(rules: readonly IngressRule[], accountId: string): XmlElement {
  const { protocol = '-1', fromPort = -1, toPort = -1 } = rules[0] ?? {};
  const ports = protocol === '-1' ? {} : { fromPort, toPort };
  const isIpv6 = (rule: IngressRule) => rule.cidr?.includes(':') ?? false;
  const ranges = rules.filter((rule) => rule.cidr !== undefined);
  return {
    ipProtocol: protocol,
    ...ports,
    groups: xmlList(
      'item',
      rules
        .filter((rule) => rule.groupId !== undefined)
        .map(({ groupId, description }) => ({ groupId, userId: accountId, description })),
    ),
    ipRanges: xmlList(
      'item',
      ranges.filter((rule) => !isIpv6(rule)).map(({ cidr, description }) => ({ cidrIp: cidr, description })),
    ),
    ipv6Ranges: xmlList(
      'item',
      ranges.filter(isIpv6).map(({ cidr, description }) => ({ cidrIpv6: cidr, description })),
    ),
    prefixListIds: xmlList('item', []),
  };
}

function keyOf({ protocol, fromPort, toPort, cidr, groupId }: IngressRule): string {
  return `${protocol} ${fromPort} ${toPort} ${cidr ?? groupId}`;
}
