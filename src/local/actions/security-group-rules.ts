// AuthorizeSecurityGroupIngress and RevokeSecurityGroupIngress of EC2.
import { Fault } from '../faults.ts';
import { xmlList } from '../http/xml.ts';
import { list, required, text } from '../parameters.ts';
import type { IngressRule, SecurityGroupRecord } from '../records.ts';
import { makeAction } from './action.ts';
import {
  describeRule,
  formatRule,
  INGRESS_PARAMETERS,
  isSameRule,
  readRules,
  ruleIdOf,
} from './ingress-rules.ts';
import { getSecurityGroup } from './references.ts';

const MOST_RULES = 60;

export const authorizeSecurityGroupIngress = makeAction(
  'ec2',
  'AuthorizeSecurityGroupIngress',
  { GroupId: required(text), ...INGRESS_PARAMETERS },
  async (input, context) => {
    const { id } = getSecurityGroup(context, input.GroupId);
    const rules = readRules(input, context);
    const changed = await context.store.securityGroups.update(id, (group) => addRules(group, rules));
    await context.databases.applyAccess(id);
    const formatted = rules.map((rule) => formatRule(changed, rule, context.place.accountId));
    return { return: true, securityGroupRuleSet: xmlList('item', formatted) };
  },
);

function addRules(group: SecurityGroupRecord, rules: readonly IngressRule[]): SecurityGroupRecord {
  const ingress = [...group.ingress];
  for (const rule of rules) {
    if (ingress.some((other) => isSameRule(other, rule))) {
      throw new Fault(
        'InvalidPermission.Duplicate',
        `the specified rule "${describeRule(rule)}" already exists`,
      );
    }
    ingress.push(rule);
  }
  if (ingress.length > MOST_RULES) {
    throw new Fault(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    );
  }
  return { ...group, ingress };
}

export const revokeSecurityGroupIngress = makeAction(
  'ec2',
  'RevokeSecurityGroupIngress',
  { GroupId: required(text), SecurityGroupRuleId: list('item', text), ...INGRESS_PARAMETERS },
  async (input, context) => {
    const group = getSecurityGroup(context, input.GroupId);
    const rules = input.SecurityGroupRuleId?.length
      ? input.SecurityGroupRuleId.map((ruleId) => getRule(group, ruleId))
      : readRules(input, context);
    await context.store.securityGroups.update(group.id, (before) => removeRules(before, rules));
    await context.databases.applyAccess(group.id);
    return { return: true };
  },
);

function getRule(group: SecurityGroupRecord, ruleId: string): IngressRule {
  const rule = group.ingress.find((candidate) => ruleIdOf(group.id, candidate) === ruleId);
  if (rule) return rule;
  throw new Fault(
    'InvalidSecurityGroupRuleId.NotFound',
    `The security group rule ID '${ruleId}' does not exist`,
  );
}

function removeRules(group: SecurityGroupRecord, rules: readonly IngressRule[]): SecurityGroupRecord {
  const missing = rules.some((rule) => !group.ingress.some((present) => isSameRule(present, rule)));
  if (missing) {
    throw new Fault(
      'InvalidPermission.NotFound',
      'The specified rule does not exist in this security group.',
    );
  }
  const ingress = group.ingress.filter((present) => !rules.some((rule) => isSameRule(present, rule)));
  return { ...group, ingress };
}
