import { expect, test } from 'vitest';
import { IAM_ROLES, makePolicy } from '../../../src/copies/iam-policy.ts';

const SCOPE = { partition: 'aws', region: 'eu-west-1', account: '123456789012', sourceId: 'shop' };
const LOOKS = /^(ec2|rds):(Describe|List)|^sts:Get/;

test('whoever may change or remove may do it to tagged things alone', () => {
  for (const role of IAM_ROLES) {
    for (const { Effect, Action, Resource, Condition, Sid } of makePolicy(role, SCOPE).Statement) {
      const changes = Action.filter((action) => /:(Delete|Modify|Stop|Start|Remove|Authorize)/.test(action));
      const isGroup = /:(cluster-pg|cluster-snapshot):/.test(String(Resource));
      if (Effect === 'Deny' || changes.length === 0 || isGroup) continue;
      expect(Condition, `${role} ${Sid}`).toEqual({
        StringLike: { 'aws:ResourceTag/db-artifact:name': '?*' },
      });
    }
  }
});

test('a publisher may only look', () => {
  const actions = makePolicy('publisher', SCOPE).Statement.flatMap(({ Action }) => Action);
  expect(actions.filter((action) => !LOOKS.test(action))).toEqual([]);
});

test('a consumer may read the storage of the source and is denied everything else to it', () => {
  const source = 'arn:aws:rds:eu-west-1:123456789012:cluster:shop';
  const about = makePolicy('consumer', SCOPE).Statement.filter(({ Resource }) => Resource === source);
  expect(about.map(({ Sid, Effect }) => [Sid, Effect])).toEqual([
    ['ReadSource', 'Allow'],
    ['NeverTheSource', 'Deny'],
  ]);
});

test('a collector can make nothing', () => {
  const actions = makePolicy('collector', SCOPE).Statement.flatMap(({ Action }) => Action);
  expect(actions.filter((action) => /:(Create|Restore|Authorize)/.test(action))).toEqual([]);
});

test('each policy fits what IAM allows: 6,144 characters, sids of letters and digits that differ', () => {
  for (const role of IAM_ROLES) {
    const policy = makePolicy(role, SCOPE);
    expect(JSON.stringify(policy).length).toBeLessThan(6144);
    const sids = policy.Statement.map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
    for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/);
  }
});
