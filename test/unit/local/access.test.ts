import { expect, test } from 'vitest';
import { findAccessRules } from '../../../src/local/access.ts';
import type { ClusterRecord, IngressRule } from '../../../src/local/records.ts';
import type { Store } from '../../../src/local/store.ts';

function findCidrs(ingress: readonly IngressRule[], formerPorts?: readonly number[]): string[] {
  const store = { securityGroups: { get: (id: string) => (id === 'sg-1' ? { ingress } : undefined) } };
  const cluster = { port: 5432, formerPorts, securityGroupIds: ['sg-1', 'sg-gone'] };
  return findAccessRules(store as unknown as Store, cluster as unknown as ClusterRecord).map(
    ({ cidr }) => cidr,
  );
}

test('a rule counts when its protocol and ports cover the port', () => {
  const cidr = '10.0.0.0/8';
  expect(findCidrs([{ protocol: 'tcp', fromPort: 5432, toPort: 5432, cidr }])).toEqual([cidr]);
  expect(findCidrs([{ protocol: 'tcp', fromPort: -1, toPort: -1, cidr }])).toEqual([cidr]);
  expect(findCidrs([{ protocol: '-1', fromPort: -1, toPort: -1, cidr }])).toEqual([cidr]);
  expect(findCidrs([{ protocol: 'tcp', fromPort: 3306, toPort: 3306, cidr }])).toEqual([]);
  expect(findCidrs([{ protocol: 'udp', fromPort: 0, toPort: 65535, cidr }])).toEqual([]);
});

test('a rule for a port that the cluster had to leave still counts', () => {
  const cidr = '10.0.0.0/8';
  expect(findCidrs([{ protocol: 'tcp', fromPort: 5433, toPort: 5433, cidr }], [5431, 5433])).toEqual([cidr]);
  expect(findCidrs([{ protocol: 'tcp', fromPort: 5434, toPort: 5434, cidr }], [5431, 5433])).toEqual([]);
});

test('a rule for a group lets nobody in', () => {
  expect(findCidrs([{ protocol: '-1', fromPort: -1, toPort: -1, groupId: 'sg-1' }])).toEqual([]);
});

test('the same addresses count once', () => {
  const rule = { protocol: '-1', fromPort: -1, toPort: -1 };
  expect(
    findCidrs([
      { ...rule, cidr: '::/0' },
      { ...rule, cidr: '1.2.3.4/32' },
      { ...rule, cidr: '::/0' },
    ]),
  ).toEqual(['1.2.3.4/32', '::/0']);
});
