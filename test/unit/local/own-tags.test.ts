import { describe, expect, test } from 'vitest';
import { dropOwnTags, readWarmTag } from '../../../src/local/own-tags.ts';
import { isDurable } from '../../../src/local/places.ts';
import { findSleepAfterMs } from '../../../src/local/reconcile/falling-asleep.ts';
import { countWantedSpares } from '../../../src/local/reconcile/spares.ts';
import type { ClusterRecord, Tags } from '../../../src/local/records.ts';
import type { LocalSettings } from '../../../src/local/settings.ts';

function makeCluster(tags: Tags, changes: Partial<ClusterRecord> = {}): ClusterRecord {
  const origin = { kind: 'fresh' };
  return { tags, origin, status: 'available', isVolumeReady: true, ...changes } as ClusterRecord;
}

const CLONE = {
  origin: { kind: 'restore', sourceResourceId: 'cluster-S', restoreType: 'copy-on-write' },
} as const;
const CLONED = { cloneGroupId: 'group' };

describe('spares', () => {
  test('sources that were cloned have as many as is said for all of them, and others none', () => {
    expect(countWantedSpares(makeCluster({}, CLONED), 3)).toBe(3);
    expect(countWantedSpares(makeCluster({}), 3)).toBe(0);
    expect(countWantedSpares(makeCluster({}, { ...CLONED, ...CLONE }), 3)).toBe(0);
  });

  test('the tag of a cluster goes before, and is bounded', () => {
    const count = (value: string, changes = {}) =>
      countWantedSpares(makeCluster({ 'db-artifact:warm': value }, changes), 3);
    expect([count('2'), count('0', CLONED), count('2', CLONE)]).toEqual([2, 0, 2]);
    expect([count('999'), count('many'), count('-1')]).toEqual([100, 0, 0]);
    expect(readWarmTag(makeCluster({}))).toBeUndefined();
  });

  test('a cluster that is being changed or removed has none', () => {
    expect(countWantedSpares(makeCluster({}, { ...CLONED, status: 'deleting' }), 3)).toBe(0);
    expect(countWantedSpares(makeCluster({}, { ...CLONED, isVolumeReady: false }), 3)).toBe(0);
  });
});

describe('sleep', () => {
  const ask = (changes: Partial<ClusterRecord>, min?: number, sleepAfterMs?: number) => {
    const serverlessV2 = min === undefined ? undefined : { min, max: 1 };
    const settings = { serverlessV2 } as ClusterRecord['settings'];
    return findSleepAfterMs({ ...makeCluster({}, changes), settings }, sleepAfterMs);
  };

  test('is for clones when all of them are to, and for what has a serverless capacity from zero', () => {
    expect([ask(CLONE), ask(CLONE, undefined, 5), ask({}, undefined, 5)]).toEqual([undefined, 5, undefined]);
    expect([ask({}, 0), ask({}, 0.5), ask(CLONE, 0.5, 5)]).toEqual([300_000, undefined, 5]);
  });
});

describe('durability', () => {
  const ask = (cluster: ClusterRecord, areCopiesDurable?: boolean) =>
    isDurable({ settings: { areCopiesDurable } as LocalSettings }, cluster);

  test('sources are durable, and copies only when all of them are', () => {
    expect([ask(makeCluster({})), ask(makeCluster({}, CLONE)), ask(makeCluster({}, CLONE), true)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('the tag of a cluster goes before', () => {
    expect(ask(makeCluster({ 'db-artifact:durable': 'true' }, CLONE))).toBe(true);
    expect(ask(makeCluster({ 'db-artifact:durable': 'false' }), true)).toBe(false);
    expect(ask(makeCluster({ 'db-artifact:durable': 'perhaps' }))).toBe(true);
  });
});

test('a clone has the tags of its source but those', () => {
  const tags = { team: 'a', 'db-artifact:warm': '2', 'db-artifact:durable': 'true' };
  expect(dropOwnTags(tags)).toEqual({ team: 'a' });
});
