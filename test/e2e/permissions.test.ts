import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import type { AwsConnection } from '../../src/aws/connect.ts';
import { discoverSource } from '../../src/build/discover.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { collectCopies } from '../../src/copies/collect.ts';
import { destroyCopy } from '../../src/copies/destroy.ts';
import { type IamRole, makePolicy } from '../../src/copies/iam/policy.ts';
import { extendCopy, protectCopy } from '../../src/copies/keep.ts';
import { startCopy, stopCopy } from '../../src/copies/power.ts';
import { resetCopy } from '../../src/copies/reset.ts';
import { makeLoopbackSource, makeRequest } from '../support/account.ts';
import { isPermitted, listChecks } from '../support/iam.ts';
import { type LocalAccount, openLocalAccount } from '../support/local-account.ts';
import { ACCOUNT_ID, REGION } from '../support/local-rds.ts';
import { recordRequests, type SentRequest } from '../support/recorder.ts';

const silent = () => {};
const WAIT = { waits: true, timeoutSeconds: 60 };
const WORLD = { region: REGION, account: ACCOUNT_ID, sourceId: 'shop' };
const SCOPE = {
  ...{ partition: 'aws', region: REGION, account: ACCOUNT_ID, names: 'dev-*' },
  sourceArn: `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster:shop`,
  ...{ keyArn: undefined, monitoringRoleArn: undefined },
};

/** As `action resource`. */
function listForbidden(role: IamRole, sent: readonly SentRequest[]): string[] {
  const policy = makePolicy(role, SCOPE);
  return sent
    .flatMap((request) => listChecks(request, WORLD))
    .filter((check) => !isPermitted(policy, check))
    .map(({ action, resource }) => `${action} ${resource}`);
}

describe('the policy of a role permits every call', () => {
  let account: LocalAccount;
  let aws: AwsConnection;
  let artifact: Artifact;
  beforeAll(async () => {
    account = await openLocalAccount();
    aws = account.aws;
    artifact = await makeLoopbackSource(aws, 'shop');
  });
  afterAll(async () => await account?.[Symbol.asyncDispose]());

  test('of a publisher, who discovers a source', async () => {
    const sent = await recordRequests(aws);
    await discoverSource(artifact.spec, aws);
    expect(sent.length).toBeGreaterThan(2);
    expect(listForbidden('publisher', sent)).toEqual([]);
  });

  test('of a consumer, through the whole life of a clone', async () => {
    const sent = await recordRequests(aws);
    const request = makeRequest(aws, artifact, { name: 'dev-alice' });
    await convergeCopy(request, silent);
    await extendCopy(aws, 'dev-alice', 3600);
    await protectCopy(aws, 'dev-alice', Date.now() + 3_600_000);
    await protectCopy(aws, 'dev-alice', undefined);
    await stopCopy(aws, 'dev-alice', WAIT, silent);
    await startCopy(aws, 'dev-alice', WAIT, silent);
    await resetCopy(aws, 'dev-alice', request, {}, silent);
    await destroyCopy(aws, 'dev-alice', WAIT, silent);
    expect(new Set(sent.map(({ action }) => action)).size).toBeGreaterThan(15);
    expect(listForbidden('consumer', sent)).toEqual([]);
  });

  test('of a consumer, who makes a protected fresh cluster', async () => {
    const sent = await recordRequests(aws);
    const maintenance = { ...artifact.spec.maintenance, hasDeletionProtection: true };
    const guarded = { ...artifact, spec: { ...artifact.spec, maintenance } };
    await convergeCopy(makeRequest(aws, guarded, { name: 'dev-bob', mode: 'create' }), silent);
    await destroyCopy(aws, 'dev-bob', WAIT, silent);
    expect(sent.map(({ action }) => action)).toContain('CreateDBCluster');
    expect(listForbidden('consumer', sent)).toEqual([]);
  });

  test('of a collector, who removes what has expired, and of no copy under another name', async () => {
    await convergeCopy(makeRequest(aws, artifact, { name: 'dev-carol', ttlSeconds: 60 }), silent);
    const sent = await recordRequests(aws);
    const collected = await collectCopies(aws, { isDryRun: false, nowMs: Date.parse('2040-01-01') }, silent);
    expect(collected.map(({ outcome }) => outcome)).toEqual(['removed']);
    expect(listForbidden('collector', sent)).toEqual([]);
    const elsewhere = { ...SCOPE, names: 'test-*' };
    const checks = sent.flatMap((request) => listChecks(request, WORLD));
    const refused = checks.filter((check) => !isPermitted(makePolicy('collector', elsewhere), check));
    expect(refused.map(({ action }) => action)).toContain('rds:DeleteDBCluster');
  });
});
