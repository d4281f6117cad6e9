import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkOwnedCluster,
  checkOwnedInstance,
  checkOwnedSecurityGroup,
  type SourceIdentity,
  TAG_PREFIX,
} from '../../../src/aws/owned.ts';
import type { DBCluster } from '../../../src/aws/types.ts';

const id = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const resourceId = fc.constantFrom('cluster-A', 'cluster-B', 'cluster-C', '');
const host = fc.constantFrom('one.example', 'two.example', undefined);
const port = fc.constantFrom(5432, 5433);

const cluster: fc.Arbitrary<DBCluster> = fc.record({
  DBClusterIdentifier: id,
  DbClusterResourceId: resourceId,
  Endpoint: host,
  Port: port,
  TagList: fc.array(
    fc.record({
      Key: fc.constantFrom('name', 'source', 'source-resource', 'owner').map((key) => `${TAG_PREFIX}${key}`),
      Value: fc.oneof(id, resourceId),
    }),
    { maxLength: 4 },
  ),
});

const source: fc.Arbitrary<SourceIdentity> = fc.record({
  clusterId: id,
  resourceId: fc.constantFrom('cluster-A', 'cluster-B', 'cluster-C'),
  endpoint: fc.constantFrom('one.example:5432', 'two.example:5433', undefined),
});

function isAccepted(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

function makeOwned(changes: Partial<DBCluster> = {}, tags: Record<string, string> = {}): DBCluster {
  const own = { name: 'copy', source: 'shop', 'source-resource': 'cluster-A', ...tags };
  return {
    DBClusterIdentifier: 'copy',
    DbClusterResourceId: 'cluster-B',
    TagList: Object.entries(own).map(([key, Value]) => ({ Key: `${TAG_PREFIX}${key}`, Value })),
    ...changes,
  };
}

describe('proof of ownership', () => {
  test('no cluster that is the source by identifier, resource id or endpoint is ever accepted', () => {
    fc.assert(
      fc.property(cluster, id, source, (described, name, from) => {
        const isSource =
          described.DBClusterIdentifier === from.clusterId ||
          described.DbClusterResourceId === from.resourceId ||
          (described.Endpoint !== undefined && `${described.Endpoint}:${described.Port}` === from.endpoint);
        if (isSource) expect(isAccepted(() => checkOwnedCluster(described, name, from))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('no cluster without our tags, or whose tags name something else, is ever accepted', () => {
    fc.assert(
      fc.property(cluster, id, fc.option(source, { nil: undefined }), (described, name, from) => {
        if (!isAccepted(() => checkOwnedCluster(described, name, from))) return;
        const tags = new Map(described.TagList?.map(({ Key, Value }) => [Key, Value]));
        expect(tags.get(`${TAG_PREFIX}name`)).toBe(name);
        expect(described.DBClusterIdentifier).toBe(name);
        expect(tags.get(`${TAG_PREFIX}source-resource`)).not.toBe(described.DbClusterResourceId);
        expect(tags.get(`${TAG_PREFIX}source`)).not.toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  test('accepts a copy', () => {
    const from = { clusterId: 'shop', resourceId: 'cluster-A', endpoint: 'one.example:5432' };
    expect(isAccepted(() => checkOwnedCluster(makeOwned(), 'copy', from))).toBe(true);
  });

  test("refuses somebody's clone of a copy, which inherited the copy's tags", () => {
    const clone = makeOwned({ DBClusterIdentifier: 'clone-of-copy', DbClusterResourceId: 'cluster-C' });
    expect(() => checkOwnedCluster(clone, 'clone-of-copy', undefined)).toThrow('was not made for a copy');
    expect(() => checkOwnedCluster(clone, 'copy', undefined)).toThrow('was not made for a copy');
  });

  test('calls the source a source even where it carries the tags of a copy', () => {
    const from = { clusterId: 'copy', resourceId: 'cluster-B' };
    expect(() => checkOwnedCluster(makeOwned(), 'copy', from)).toThrow(
      expect.objectContaining({ code: 'IS_SOURCE' }),
    );
  });

  test('tells clusters on one host apart by their ports', () => {
    const from = { clusterId: 'shop', resourceId: 'cluster-A', endpoint: '127.0.0.1:5432' };
    const near = makeOwned({ Endpoint: '127.0.0.1', Port: 5433 });
    expect(isAccepted(() => checkOwnedCluster(near, 'copy', from))).toBe(true);
    const same = makeOwned({ Endpoint: '127.0.0.1', Port: 5432 });
    expect(isAccepted(() => checkOwnedCluster(same, 'copy', from))).toBe(false);
  });

  test('an instance belongs to a copy only as a member of its cluster', () => {
    const owned = checkOwnedCluster(makeOwned(), 'copy', undefined);
    const member = { DBInstanceIdentifier: 'any', DBClusterIdentifier: 'copy' };
    expect(isAccepted(() => checkOwnedInstance(member, owned))).toBe(true);
    expect(isAccepted(() => checkOwnedInstance({ ...member, DBClusterIdentifier: 'shop' }, owned))).toBe(
      false,
    );
    expect(isAccepted(() => checkOwnedInstance({ DBInstanceIdentifier: 'copy-1' }, owned))).toBe(false);
  });

  test('a security group needs both the name and the tag', () => {
    const Tags = [{ Key: `${TAG_PREFIX}name`, Value: 'copy' }];
    expect(isAccepted(() => checkOwnedSecurityGroup({ GroupName: 'copy', Tags }, 'copy'))).toBe(true);
    expect(isAccepted(() => checkOwnedSecurityGroup({ GroupName: 'other', Tags }, 'copy'))).toBe(false);
    expect(isAccepted(() => checkOwnedSecurityGroup({ GroupName: 'copy', Tags: [] }, 'copy'))).toBe(false);
  });
});
