// Destroying a copy whose network lets go late, or never, over a local RDS with records alone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import { collectCopies } from '../../src/copies/collect.ts';
import { destroyCopy } from '../../src/copies/destroy.ts';
import { EXIT } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { makeRequest, makeSource, waitForSource } from '../support/account.ts';
import { type FaultProxy, startFaultProxy } from '../support/aws-fault-proxy.ts';
import { type Ran, runCli } from '../support/command-line.ts';
import { listOwned } from '../support/copy-state.ts';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { type LocalAccount, openFakeAccount } from '../support/local-account.ts';

const WAIT = { waits: true, timeoutSeconds: 60 };
const HELD = { action: 'DeleteSecurityGroup', code: 'DependencyViolation' };
const silent = () => {};

describe('a removal that AWS holds up', () => {
  let local: LocalAccount;
  let proxy: FaultProxy;
  let env: NodeJS.ProcessEnv;
  let aws: AwsConnection;
  let artifact: Artifact;

  const dataDir = makeFolder();

  beforeAll(async () => {
    local = await openFakeAccount();
    proxy = await startFaultProxy(String(local.env['AWS_ENDPOINT_URL']));
    env = { ...local.env, AWS_ENDPOINT_URL: proxy.url };
    aws = await connectAws({ env });
    artifact = await makeSource(aws, 'shop', {}, {});
    await waitForSource(aws, 'shop');
  });
  afterAll(async () => {
    await proxy?.stop();
    await local?.[Symbol.asyncDispose]();
    removeFolder(dataDir);
  });

  const make = async (name: string): Promise<void> => {
    const patience = { reachMs: 1, passwordMs: 1 };
    await convergeCopy(makeRequest(aws, artifact, { name, patience }), silent);
  };
  const destroy = async (...args: readonly string[]): Promise<Ran> =>
    await runCli(['destroy', ...args], { env, dataDir });

  test('waits while its network interfaces are still there, and says so once', async () => {
    await make('held');
    proxy.refuse({ ...HELD, times: 4 });
    const events: ProgressEvent[] = [];
    await destroyCopy(aws, 'held', WAIT, (event) => events.push(event));
    expect(proxy.calls.filter((call) => call === HELD.action)).toHaveLength(5);
    const waits = events.filter((event) => event.type === 'phase' && event.state === 'waiting');
    expect(waits.filter((event) => JSON.stringify(event).includes('DependencyViolation'))).toHaveLength(1);
    expect(await listOwned(aws, 'held')).toEqual([]);
  });

  test('names what is left when the time is over, and the same command goes on', async () => {
    await make('stuck');
    proxy.refuse({ ...HELD, times: Number.POSITIVE_INFINITY });
    const { status, stderr, stdout } = await destroy('stuck', '--timeout', '1s', '-o', 'json');
    expect(status).toBe(EXIT.timedOut);
    expect(stderr).toContain('DependencyViolation');
    expect(stderr).toContain('still there, not billed: security group stuck');
    expect(stderr).not.toContain('still there and billed');
    expect(stderr).toContain('The same command goes on from here.');
    expect(JSON.parse(stdout).nextSteps).toEqual(['db-artifact destroy stuck', 'db-artifact show stuck']);
    proxy.arm();
    expect((await destroy('stuck')).stdout).toBe('removed: security group stuck\n');
    expect(await listOwned(aws, 'stuck')).toEqual([]);
  });

  test('names what is still billed when it may not be removed', async () => {
    await make('forbidden');
    proxy.refuse({ action: 'DeleteDBInstance', code: 'AccessDenied', times: Number.POSITIVE_INFINITY });
    const { status, stderr } = await destroy('forbidden');
    expect(status).toBe(EXIT.notAuthorized);
    expect(stderr).toContain('still there and billed: instances of forbidden, cluster forbidden');
    expect(stderr).toContain('still there, not billed: security group forbidden, subnet group forbidden');
    expect(stderr).toContain('docs/iam.md');
    proxy.arm();
    await destroyCopy(aws, 'forbidden', WAIT, silent);
    expect(await listOwned(aws, 'forbidden')).toEqual([]);
  });

  test('without waiting, what is in use is left for the same command later', async () => {
    await make('later');
    proxy.refuse({ action: 'DeleteDBSubnetGroup', code: 'InvalidDBSubnetGroupStateFault', times: 1 });
    const first = await destroy('later', '--no-wait', '-o', 'json');
    expect(JSON.parse(first.stdout)).toMatchObject({
      isComplete: false,
      removed: ['security group later', 'cluster later', 'instances of later'],
      left: ['subnet group later'],
    });
    const second = await destroy('later', '--no-wait');
    expect(second.stdout).toBe('being removed: subnet group later\n');
    expect(await listOwned(aws, 'later')).toEqual([]);
  });

  test('gc tells the same of each copy that it could not remove', async () => {
    await make('old');
    proxy.refuse({ action: 'DeleteDBCluster', code: 'AccessDenied', times: Number.POSITIVE_INFINITY });
    const nowMs = Date.parse('2031-01-01T00:00:00Z');
    const [collected] = await collectCopies(aws, { isDryRun: false, nowMs }, silent);
    expect(collected).toMatchObject({ name: 'old', outcome: 'failed' });
    expect(collected?.error?.problems).toContain('still there and billed: cluster old');
    proxy.arm();
    await destroyCopy(aws, 'old', WAIT, silent);
  });
});
