import { describe, expect, test } from 'vitest';
import type { RouteTable } from '../../../src/aws/types.ts';
import { estimate } from '../../../src/converge/estimate.ts';
import { findCutOff } from '../../../src/converge/internet.ts';
import { describeLineage } from '../../../src/converge/lineage.ts';
import { listPlanWarnings } from '../../../src/converge/plan-warnings.ts';
import type { Found, FoundStep } from '../../../src/converge/step.ts';
import { makeArtifact, SPEC } from '../../support/artifact.ts';
import { makeBuild } from '../../support/copy-build.ts';

const IGW = { Routes: [{ GatewayId: 'local' }, { GatewayId: 'igw-1' }] };
const NAT = { Routes: [{ GatewayId: 'local' }, { NatGatewayId: 'nat-1' }] };

describe('subnets of a public copy', () => {
  const of = (SubnetId: string, table: RouteTable): RouteTable => ({
    ...table,
    Associations: [{ SubnetId }],
  });
  const main: RouteTable = { ...IGW, Associations: [{ Main: true }] };

  test('reach the internet by their own routes, else by the main ones', () => {
    expect(findCutOff(['a', 'b'], [main])).toEqual([]);
    expect(findCutOff(['a', 'b'], [main, of('b', NAT)])).toEqual(['b']);
    expect(findCutOff(['a', 'b'], [{ ...NAT, Associations: [{ Main: true }] }, of('a', IGW)])).toEqual(['b']);
    expect(findCutOff(['a'], [])).toEqual(['a']);
  });
});

describe('the lineage of a source', () => {
  test('has room for 15 clones; RDS makes every further one a full copy', () => {
    expect(describeLineage(14, [])).toEqual({ isFull: false, warnings: [] });
    expect(describeLineage(15, [])).toMatchObject({
      isFull: true,
      warnings: [expect.stringContaining('15 clones')],
    });
  });
});

describe('the estimate', () => {
  const step = (phase: string, found: Found): FoundStep => ({ step: { phase } as FoundStep['step'], found });
  const steps = (cluster: Found, instances: Found) => [
    step('subnet group copy', 'ours'),
    step('cluster copy', cluster),
    step('instances of copy', instances),
  ];

  test('is of what is missing', () => {
    expect(estimate('copy', steps('missing', 'missing'), false)).toMatchObject({
      leastMinutes: 10,
      mostMinutes: 20,
    });
    expect(estimate('copy', steps('ours', 'missing'), false)).toMatchObject({
      leastMinutes: 6,
      mostMinutes: 12,
    });
    expect(estimate('copy', steps('ours', 'ours'), false)).toMatchObject({
      text: 'it is there already',
      mostMinutes: 0,
    });
  });

  test('of a full copy has no end, unless its cluster is there', () => {
    expect(estimate('copy', steps('missing', 'missing'), true)).toMatchObject({
      leastMinutes: 60,
      mostMinutes: undefined,
    });
    expect(estimate('copy', steps('ours', 'missing'), true)).toMatchObject({ mostMinutes: 12 });
  });
});

describe('a plan', () => {
  const warnings = (lifetime = SPEC.lifetime, ttlSeconds?: number | 'none') =>
    listPlanWarnings({ ...makeBuild(makeArtifact({ lifetime })).request, ttlSeconds }).join('\n');

  test('warns of a copy that never expires', () => {
    const forEver = { ttlSeconds: 'none', maxTtlSeconds: 'none' } as const;
    expect(warnings()).not.toContain('never expires');
    expect(warnings(forEver)).toContain('never expires');
    expect(warnings(forEver, 3600)).not.toContain('never expires');
    expect(warnings(SPEC.lifetime, 'none')).toContain('never expires');
  });
});
