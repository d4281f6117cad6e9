import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteDBClusterCommand, ModifyDBClusterCommand } from '@aws-sdk/client-rds';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabases } from '../../src/local/open-databases.ts';
import { describeCluster, makeCluster, waitCluster, waitGone } from '../support/clusters.ts';
import { faultOf } from '../support/faults.ts';
import { REGION, startTestRds, type TestRds } from '../support/local-rds.ts';

const MANAGED = { MasterUserPassword: undefined, ManageMasterUserPassword: true } as const;

describe('secrets of managed master passwords', () => {
  let aws: TestRds;
  let secrets: SecretsManagerClient;
  beforeAll(async () => {
    aws = await startTestRds({}, openDatabases);
    const { url: endpoint, credentials } = aws.server;
    const { accessKeyId, secretAccessKey } = credentials;
    secrets = new SecretsManagerClient({
      ...{ endpoint, region: REGION, maxAttempts: 1 },
      credentials: { accessKeyId, secretAccessKey },
    });
  });
  afterAll(async () => {
    secrets?.destroy();
    await aws?.[Symbol.asyncDispose]();
  });

  const read = async (SecretId: string | undefined) =>
    JSON.parse((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '') as object;
  const modify = async (id: string, input: object) =>
    await aws.rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: id, ...input }));

  test('a new cluster can have one, which is named with the cluster and found by name and ARN', async () => {
    const cluster = await makeCluster(aws, 'managed', MANAGED);
    const arn = cluster.MasterUserSecret?.SecretArn;
    expect(cluster.MasterUserSecret).toMatchObject({ SecretStatus: 'active' });
    expect(await read(arn)).toEqual({ username: 'shop', password: expect.stringMatching(/^[\w-]{32}$/) });
    const described = await secrets.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(described).toMatchObject({ ARN: arn, OwningService: 'rds' });
    expect(await read(described.Name)).toEqual(await read(arn));
  });

  test('its password is in one file that only the owner can read', async () => {
    const cluster = await makeCluster(aws, 'hidden', MANAGED);
    const { password } = (await read(cluster.MasterUserSecret?.SecretArn)) as { password: string };
    const folder = join(aws.settings.dataDir, 'records');
    const holders = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith('.json') && readFileSync(path, 'utf8').includes(password));
    expect(holders.map((path) => statSync(path).mode & 0o777)).toEqual([0o600]);
  });

  test('a cluster can get one later and give it up for a password of its own', async () => {
    await makeCluster(aws, 'changing');
    await modify('changing', { ManageMasterUserPassword: true });
    const arn = (await waitCluster(aws, 'changing')).MasterUserSecret?.SecretArn;
    await modify('changing', { ManageMasterUserPassword: true });
    expect((await waitCluster(aws, 'changing')).MasterUserSecret?.SecretArn).toBe(arn);
    const own = { MasterUserPassword: 'my-own-password' };
    expect(await faultOf(modify('changing', own))).toMatchObject({ code: 'InvalidParameterCombination' });
    await modify('changing', { ...own, ManageMasterUserPassword: false });
    expect((await waitCluster(aws, 'changing')).MasterUserSecret).toBeUndefined();
    expect(await faultOf(read(arn))).toMatchObject({ code: 'ResourceNotFoundException' });
  });

  test('a secret goes with its cluster', async () => {
    const arn = (await makeCluster(aws, 'short', MANAGED)).MasterUserSecret?.SecretArn;
    await aws.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'short', SkipFinalSnapshot: true }));
    await waitGone('short', async () => await describeCluster(aws, 'short'));
    expect(await faultOf(read(arn))).toMatchObject({ code: 'ResourceNotFoundException' });
  });

  test('refuses a password beside a managed one, and callers without the key', async () => {
    const both = makeCluster(aws, 'both', { ManageMasterUserPassword: true });
    expect(await faultOf(both)).toMatchObject({ code: 'InvalidParameterCombination' });
    const stranger = new SecretsManagerClient({
      ...{ endpoint: aws.server.url, region: REGION, maxAttempts: 1 },
      credentials: { accessKeyId: aws.server.credentials.accessKeyId, secretAccessKey: 'wrong' },
    });
    const asking = stranger.send(new GetSecretValueCommand({ SecretId: 'any' }));
    expect(await faultOf(asking)).toMatchObject({ code: 'SignatureDoesNotMatch' });
    stranger.destroy();
  });
});
