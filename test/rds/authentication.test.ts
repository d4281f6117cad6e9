import { DescribeInstancesCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeDBClustersCommand, DescribeDBProxiesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultOf } from '../support/faults.ts';
import { REGION, startTestRds, type TestRds } from '../support/local-rds.ts';

let aws: TestRds;
beforeAll(async () => {
  aws = await startTestRds();
});
afterAll(async () => await aws?.[Symbol.asyncDispose]());

interface Changes {
  readonly region?: string;
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  readonly sessionToken?: string;
  readonly systemClockOffset?: number;
}

function configure({ region = REGION, systemClockOffset = 0, ...credentials }: Changes) {
  return {
    endpoint: aws.server.url,
    region,
    systemClockOffset,
    credentials: { ...aws.server.credentials, ...credentials },
    maxAttempts: 1,
  };
}

async function callRds(changes: Changes) {
  return await faultOf(new RDSClient(configure(changes)).send(new DescribeDBClustersCommand({})));
}

async function callEc2(changes: Changes) {
  return await faultOf(new EC2Client(configure(changes)).send(new DescribeVpcsCommand({})));
}

describe('a signature', () => {
  test('of an unknown key is refused', async () => {
    const unknown = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    expect(await callRds(unknown)).toMatchObject({
      code: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
      status: 403,
    });
    expect(await callEc2(unknown)).toMatchObject({ code: 'AuthFailure', status: 401 });
    const sts = new STSClient(configure(unknown)).send(new GetCallerIdentityCommand({}));
    expect(await faultOf(sts)).toMatchObject({ code: 'InvalidClientTokenId' });
  });

  test('by another secret is refused', async () => {
    expect(await callRds({ secretAccessKey: 'wrong' })).toMatchObject({
      code: 'SignatureDoesNotMatch',
      message: expect.stringMatching(/^The request signature we calculated does not match/),
      status: 403,
    });
    expect(await callEc2({ secretAccessKey: 'wrong' })).toMatchObject({ code: 'AuthFailure' });
  });

  test('with a session token is refused, since there are no sessions', async () => {
    expect(await callRds({ sessionToken: 'token' })).toMatchObject({ code: 'InvalidClientTokenId' });
  });

  test('for another region is refused', async () => {
    expect(await callRds({ region: 'us-west-2' })).toMatchObject({
      code: 'SignatureDoesNotMatch',
      message: "Credential should be scoped to a valid region, not 'us-west-2'. ",
    });
  });

  test('is good for 15 minutes, before and after', async () => {
    const minutes = (count: number) => ({ systemClockOffset: count * 60_000 });
    expect((await callRds(minutes(-16))).message).toMatch(/^Signature expired: \d{8}T\d{6}Z is now earlier/);
    expect((await callRds(minutes(16))).message).toMatch(/^Signature not yet current: /);
    expect(await callEc2(minutes(-16))).toMatchObject({ code: 'RequestExpired' });
    const near = new RDSClient(configure(minutes(-14)));
    await near.send(new DescribeDBClustersCommand({}));
  });
});

describe('a request', () => {
  test('without a signature is refused', async () => {
    const response = await fetch(aws.server.url, { method: 'POST', body: 'Action=DescribeDBClusters' });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  test('with half a signature is refused', async () => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request' };
    const response = await fetch(aws.server.url, { method: 'POST', headers });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('<Code>IncompleteSignature</Code>');
  });

  test('whose body was changed on the way is refused', async () => {
    const client = new RDSClient(configure({}));
    client.middlewareStack.add(
      (next) => async (args) => {
        const request = args.request as { body: string };
        request.body = request.body.replace('MaxRecords=20', 'MaxRecords=30');
        return await next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const fault = await faultOf(client.send(new DescribeDBClustersCommand({ MaxRecords: 20 })));
    expect(fault.code).toBe('SignatureDoesNotMatch');
  });

  test('for an action that is not in the table answers InvalidAction', async () => {
    expect(await faultOf(aws.rds.send(new DescribeDBProxiesCommand({})))).toMatchObject({
      code: 'InvalidAction',
      message: 'Could not find operation DescribeDBProxies for version 2014-10-31',
    });
    expect(await faultOf(aws.ec2.send(new DescribeInstancesCommand({})))).toMatchObject({
      code: 'InvalidAction',
      message: 'The action DescribeInstances is not valid for this web service.',
    });
  });

  test('larger than a megabyte is cut off', async () => {
    const response = await fetch(aws.server.url, { method: 'POST', body: 'x'.repeat(2 << 20) });
    expect(response.status).toBe(413);
  });
});
