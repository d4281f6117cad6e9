// Runs of several machines on one copy, one of which may have died, over a local RDS with records alone. The clock of signs
// of life is a fast one.
import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { type AwsConnection, connectAws } from '../../src/aws/connect.ts';
import { getCluster } from '../../src/aws/rds.ts';
import { convergeCopy } from '../../src/converge/converge.ts';
import type { ConvergeResult } from '../../src/converge/request.ts';
import { getCopy } from '../../src/copies/list.ts';
import { makeRequest, makeSource, waitForSource } from '../support/account.ts';
import { openFakeDatabases } from '../support/fake-databases.ts';
import { REGION, startTestRds, type TestRds } from '../support/local-rds.ts';
import { recordRequests } from '../support/recorder.ts';
import { waitUntil } from '../support/wait-until.ts';

const BEAT_MS = 200;
const FUTURE = '2090-01-01T00:00:00Z';
const KEY = 'db-artifact:making';
const silent = () => {};

describe('runs of several machines on one copy', () => {
  let rds: TestRds;
  let aws: AwsConnection;
  let artifact: Artifact;

  beforeAll(async () => {
    // Slow enough for a run to be found at work.
    rds = await startTestRds({ paceMs: 300 }, openFakeDatabases);
    const { accessKeyId, secretAccessKey } = rds.server.credentials;
    aws = await connectAws({
      env: {
        ...{ AWS_ENDPOINT_URL: rds.server.url, AWS_REGION: REGION },
        ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
        ...{ AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
      },
    });
    artifact = await makeSource(aws, 'shop', {}, {});
    await waitForSource(aws, 'shop');
  });
  afterAll(async () => await rds?.[Symbol.asyncDispose]());

  const converge = async (name: string, timeoutSeconds = 60): Promise<ConvergeResult> => {
    const patience = { reachMs: 1, passwordMs: 1, beatMs: BEAT_MS };
    return await convergeCopy(makeRequest(aws, artifact, { name, timeoutSeconds, patience }), silent);
  };
  const tag = async (name: string, making: string): Promise<void> => {
    const { DBClusterArn: ResourceName } = await getCluster(aws, name);
    const Tags = [{ Key: KEY, Value: making }];
    await rds.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
  };
  const untag = async (name: string): Promise<void> => {
    const { DBClusterArn: ResourceName } = await getCluster(aws, name);
    await rds.rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [KEY] }));
  };

  test('a run at work shows that it lives, and nothing of that stays', async () => {
    const sent = await recordRequests(aws);
    await converge('living');
    const signs = sent.filter(({ action }) => action === 'AddTagsToResource');
    expect(signs.length).toBeGreaterThan(1);
    expect(JSON.stringify(signs[0]?.input)).toMatch(/2030-01-01T01:00:\d\dZ run-1 2030-01-01T00:00:\d\dZ/);
    expect((await getCopy(aws, 'living')).making).toBeUndefined();
  });

  test('a run that has fallen silent is given up after three signs that did not come', async () => {
    await converge('silent');
    await tag('silent', `${FUTURE} dead 2030-01-01T00:00:00Z`);
    const startMs = performance.now();
    await converge('silent');
    expect(performance.now() - startMs).toBeGreaterThan(3 * BEAT_MS);
    expect((await getCopy(aws, 'silent')).making).toBeUndefined();
  });

  test('a run that goes on showing that it lives is waited for', async () => {
    await converge('busy');
    await tag('busy', `${FUTURE} alive 0`);
    const { resourceId } = await getCopy(aws, 'busy');
    let hasEnded = false;
    const waiting = converge('busy').finally(() => {
      hasEnded = true;
    });
    const untilMs = performance.now() + 5 * BEAT_MS;
    for (let sign = 1; performance.now() < untilMs; sign += 1) await tag('busy', `${FUTURE} alive ${sign}`);
    expect(hasEnded).toBe(false);
    await untag('busy');
    expect((await waiting).copy.resourceId).toBe(resourceId);
  });

  test('a run that never shows whether it lives is waited for until its time is over', async () => {
    await converge('mute');
    await tag('mute', `${FUTURE} mute`);
    await expect(converge('mute', 1)).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining(FUTURE),
    });
  });

  test('a run that was given up and wakes leaves the copy to the run that has it now', async () => {
    const sleeper = converge('woken');
    await waitUntil('the cluster', async () => await getCluster(aws, 'woken').catch(() => undefined));
    await tag('woken', `${FUTURE} other 1`);
    const untilMs = performance.now() + 5 * BEAT_MS;
    for (let sign = 2; performance.now() < untilMs; sign += 1) await tag('woken', `${FUTURE} other ${sign}`);
    expect((await getCopy(aws, 'woken')).making?.runId).toBe('other');
    await untag('woken');
    expect((await sleeper).copy.name).toBe('woken');
  });
});
