// Which addresses a cluster's security groups let in. Groups as a source match nothing here: every client is a
// process on this machine, none is an instance in a group.
import type { AccessRule } from './engine/engine.ts';
import type { ClusterRecord, IngressRule } from './records.ts';
import type { Store } from './store.ts';

export function findAccessRules(store: Store, cluster: ClusterRecord): AccessRule[] {
  const rules = cluster.securityGroupIds.flatMap((id) => store.securityGroups.get(id)?.ingress ?? []);
  const ports = [cluster.port, ...(cluster.formerPorts ?? [])];
  const isMeant = (rule: IngressRule) => ports.some((port) => coversPort(rule, port));
  const cidrs = rules.flatMap((rule) => (rule.cidr && isMeant(rule) ? [rule.cidr] : []));
  return [...new Set(cidrs)].sort().map((cidr) => ({ cidr }));
}

/** The same for equal rules. */
export function getAccessKey(rules: readonly AccessRule[]): string {
  return rules.map((rule) => rule.cidr).join(' ');
}

function coversPort(rule: IngressRule, port: number): boolean {
  if (rule.protocol === '-1') return true;
  if (rule.protocol !== 'tcp') return false;
  return rule.fromPort === -1 || (rule.fromPort <= port && port <= rule.toPort);
}
